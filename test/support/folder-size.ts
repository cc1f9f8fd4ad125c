import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of all files below a folder. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The contents of all files below a folder, by their names. */
export async function folderFiles(
  folder: string,
): Promise<readonly (readonly [name: string, content: Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name))] as const),
  );
}

/** Whether a text stands anywhere in the files below a folder, as it is. */
export async function folderHolds(folder: string, text: string): Promise<boolean> {
  const files = await folderFiles(folder);
  return files.some(([, content]) => content.includes(text));
}
