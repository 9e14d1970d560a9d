declare module 'fxa-common-password-list' {
  /** Whether a password is one of the 50,000 commonest of eight or more characters, letter for letter. */
  export function test(password: string): boolean;
}
