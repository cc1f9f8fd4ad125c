import type { Io } from "./io.ts";

/**
 * Asks a question on the terminal that is answered with y or N.
 *
 * @returns The answer, `false` after Ctrl-C; `undefined` when nobody can be asked. Never throws.
 */
export async function askYesNo(message: string, io: Io): Promise<boolean | undefined> {
  if (!io.isInteractive) return undefined;
  const { default: confirm } = await import("@inquirer/confirm");
  try {
    return await confirm({ message, default: false }, { output: process.stderr });
  } catch {
    return false;
  }
}

/**
 * Asks for a secret on the terminal, without showing what is typed.
 *
 * @returns What was typed, or `undefined` when nobody can be asked, nothing was typed or Ctrl-C was. Never throws.
 */
export async function askSecret(message: string, io: Io): Promise<string | undefined> {
  if (!io.isInteractive) return undefined;
  // Loaded here since most runs never ask.
  const { default: password } = await import("@inquirer/password");
  try {
    // On standard error, so that standard output stays the command's own.
    const typed = await password(
      { message, mask: true, toggleMask: false },
      { output: process.stderr },
    );
    return typed.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes a text that no shell history should keep, such as somebody's number: asked for on the terminal
 * without showing it, else the next line of standard input.
 *
 * @returns `undefined` when there is none. Never throws.
 */
export async function takePrivate(message: string, io: Io): Promise<string | undefined> {
  if (io.isInteractive) return askSecret(message, io);
  return (await io.readLine())?.trim() || undefined;
}
