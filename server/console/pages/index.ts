/** Every page of the console. A new page is a file beside this one and a line here. */
import type { Route } from '../route.js';
import { accountDeletionPages } from './account-deletion.js';
import { activityPages } from './activity.js';
import { adminAccountPages } from './admin-account.js';
import { adminDeletionPages } from './admin-deletion.js';
import { adminDnsPages } from './admin-dns.js';
import { adminGroupPages } from './admin-groups.js';
import { adminInvitePages } from './admin-invites.js';
import { adminRenamingPages } from './admin-renaming.js';
import { adminRegistrationPages } from './admin-registration.js';
import { adminServerPages } from './admin-server.js';
import { adminPages } from './admin.js';
import { appPasswordPages } from './app-passwords.js';
import { appleProfilePages } from './apple-profile.js';
import { autoconfigPages } from './autoconfig.js';
import { deviceGuidePages } from './device-guides.js';
import { deviceLoginPages } from './device-login.js';
import { editAppPasswordPages } from './edit-app-password.js';
import { forgottenPages } from './forgotten.js';
import { helpPages } from './help.js';
import { homePages } from './home.js';
import { mailAddressPages } from './mail-address.js';
import { newAppPasswordPages } from './new-app-password.js';
import { passkeySignInPages } from './passkey-sign-in.js';
import { passwordPages } from './password.js';
import { profilePages } from './profile.js';
import { recoveryCodePages } from './recovery-codes.js';
import { resetPages } from './reset.js';
import { revocationPages } from './revocation.js';
import { securityPages } from './security.js';
import { signInPages } from './sign-in.js';
import { signUpPages } from './sign-up.js';
import { stepUpPages } from './step-up.js';
import { takeAlongPages } from './take-along.js';
import { troublePages } from './trouble.js';
import { timeZonePages } from './time-zone.js';
import { twoStepAppPages } from './two-step-app.js';
import { twoStepMethodPages } from './two-step-method.js';
import { twoStepPasskeyPages } from './two-step-passkey.js';
import { twoStepPages } from './two-step.js';

export const pages: readonly Route[] = [
  ...signInPages,
  ...forgottenPages,
  ...passkeySignInPages,
  ...stepUpPages,
  ...signUpPages,
  ...resetPages,
  ...homePages,
  ...profilePages,
  ...mailAddressPages,
  ...timeZonePages,
  ...takeAlongPages,
  ...accountDeletionPages,
  ...securityPages,
  ...passwordPages,
  ...twoStepPages,
  ...twoStepAppPages,
  ...twoStepPasskeyPages,
  ...twoStepMethodPages,
  ...recoveryCodePages,
  ...newAppPasswordPages,
  ...deviceLoginPages,
  ...appleProfilePages,
  ...autoconfigPages,
  ...revocationPages,
  ...troublePages,
  ...editAppPasswordPages,
  ...appPasswordPages,
  ...activityPages,
  ...deviceGuidePages,
  ...helpPages,
  ...adminPages,
  ...adminInvitePages,
  ...adminGroupPages,
  ...adminRegistrationPages,
  ...adminServerPages,
  ...adminDnsPages,
  ...adminDeletionPages,
  ...adminRenamingPages,
  ...adminAccountPages,
];
