#!/usr/bin/env node
// Starts the command: in a clone from its sources, under a Node that runs TypeScript as it is, this one or the one the
// clone brings along; in the package from what was built of them, since Node strips no types under node_modules.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** From here on Node strips types without a flag; wrangler wants 22 as well. */
const wanted = [22, 18];

const sources = new URL("../src/cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
const isClone = existsSync(sources);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) {
  // Whoever reads may have seen enough, as `| head -1` has: what is left goes to nobody, the exit code stays.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const { runCommand } = await import(isClone ? sources.href : built.href);
  const exitCode = await runCommand(process.argv.slice(2));
  // Once all is written, and not when nothing is left to do: wrangler may be asking npm for a newer one.
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exitCode)));
} else {
  const projectNode = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  if (existsSync(projectNode)) {
    const script = fileURLToPath(import.meta.url);
    const child = spawn(projectNode, [script, ...process.argv.slice(2)], { stdio: "inherit" });
    // The command decides what Ctrl-C means, and this process ends with it: its exit code is the command's.
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.on("error", ({ message }) => {
      console.error(`hookswitch: cannot start ${projectNode}: ${message}`);
      process.exitCode = 1;
    });
    child.on("close", (code) => {
      process.exitCode ??= code ?? 1; // after an error there is no code worth the name
    });
  } else {
    const mend = isClone
      ? 'run "npm ci" in its folder, which brings one along'
      : 'install one, or let npm bring one along for this project: "npm install --save-dev node@24"';
    console.error(
      `hookswitch needs Node ${wanted.join(".")} or newer, this is ${process.versions.node}: ${mend}`,
    );
    process.exitCode = 1;
  }
}
