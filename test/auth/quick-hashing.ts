import { PasswordHashing } from '../../auth/password-hashing.js';

/** For all tests in a process: a thread for each test costs more than what it hashes. Its threads keep no process alive. */
export const quickHashing = new PasswordHashing(4, 2);
