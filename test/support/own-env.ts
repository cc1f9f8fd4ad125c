/** Names that Hookswitch reads: whoever works on it may have them set for their own account. */
const HOOKSWITCH = /^(TWILIO|LOG|LEDGER|HOOKSWITCH)_/;

/**
 * The environment of a process that a test starts: the machine's, without anything of Hookswitch's, and
 * then what the test sets itself.
 */
export function ownEnv(set: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env).filter((each) => HOOKSWITCH.test(each))) delete env[name];
  return { ...env, ...set };
}
