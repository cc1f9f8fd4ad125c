import { execFile } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasTerminals, startCommand, startOnTerminal } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { ownEnv } from "../support/own-env.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-init-"));
});

afterEach(() => rm(folder, { recursive: true }));

function init(...args: readonly string[]) {
  return startCommand(["init", ...args], { cwd: folder, env: {} }).ended;
}

test("hookswitch init tells of each file, of what is missing, and what comes next", async () => {
  const { exitCode, out, err } = await init();
  expect([exitCode, err]).toEqual([0, ""]);
  expect(out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2).join(" "))).toEqual([
    "wrote .gitignore",
    "wrote wrangler.toml",
    "wrote src/index.ts",
    "wrote .dev.vars",
    "wrote .dev.vars.example",
    "wrote package.json",
    "missing TWILIO_AUTH_TOKEN: put it into .dev.vars",
    "Next:",
    " npm install",
    " npx hookswitch check",
    " npx wrangler dev",
    "",
  ]);
  expect((await stat(join(folder, ".dev.vars"))).mode & 0o077).toBe(0);
});

test("hookswitch init changes no byte of what is there, however often it is run", async () => {
  await init();
  const before = await contents();
  const { exitCode, out } = await init();
  expect([exitCode, out.includes("wrote"), out.includes("added")]).toEqual([0, false, false]);
  expect(await contents()).toEqual(before);
});

test("hookswitch init adds to files of others behind what they have", async () => {
  await writeFile(join(folder, ".dev.vars"), "DATABASE=x");
  await writeFile(join(folder, ".gitignore"), "dist");
  const { out } = await init();
  expect(out).toMatch(/^added to {2}\.dev\.vars {2,}random: LOG_TOKEN, LOG_ADMIN_TOKEN, LOG_KEY$/m);
  expect(await readFile(join(folder, ".dev.vars"), "utf8")).toMatch(/^DATABASE=x\n\n# /);
  expect(await readFile(join(folder, ".gitignore"), "utf8")).toMatch(/^dist\n\nnode_modules\/\n/);
});

test("hookswitch init leaves a folder alone in which another Worker is configured", async () => {
  await writeFile(join(folder, "wrangler.jsonc"), '{ "name": "other", "main": "src/index.ts" }');
  const { exitCode, err } = await init();
  expect(exitCode).toBe(1);
  expect(err).toContain("another Worker is configured here (wrangler.jsonc)");
  expect(err).toContain("npx hookswitch init hookswitch");
  expect(await readdir(folder)).toEqual(["wrangler.jsonc"]);
});

test("hookswitch init makes the folder it is given, and says how to get there", async () => {
  const { exitCode, out } = await init("apps/hooks", "--name", "hooks", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    folder: expect.stringMatching(/apps\/hooks$/),
    next: ["cd apps/hooks", "npm install", {}, {}],
  });
  const toml = await readFile(join(folder, "apps/hooks/wrangler.toml"), "utf8");
  expect(toml).toContain('\nname = "hooks"\n');
});

test("hookswitch init in a workspace that has nothing installed points to where npm will install it", async () => {
  await writeFile(join(folder, "package.json"), '{"workspaces":["apps/*"]}');
  await init("apps/hooks");
  expect(await readFile(join(folder, "apps/hooks/wrangler.toml"), "utf8")).toContain(
    'directory = "../../node_modules/hookswitch/dist/page"',
  );
});

test.each([
  [["--name", "My Worker"], 2, /^error: option '--name <name>' argument 'My Worker' is invalid/],
  [["taken"], 1, /^error: .*taken/],
])("hookswitch init %j ends with %d and one line", async (args, code, message) => {
  await writeFile(join(folder, "taken"), "");
  const { exitCode, err } = await init(...args);
  expect([exitCode, err.trimEnd().split("\n").length]).toEqual([code, 1]);
  expect(err).toMatch(message);
});

test.runIf(hasTerminals)(
  "hookswitch init asks for the auth token and does not show it",
  async () => {
    const token = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    const terminal = startOnTerminal(["init"], { cwd: folder, env: {} });
    await eventually("the question", () => terminal.shown().includes("Auth token"));
    terminal.type(`${token}\r`);
    expect(await terminal.exitCode).toBe(0);
    expect(terminal.printed()).not.toContain(token);
    expect(await readFile(join(folder, ".dev.vars"), "utf8")).toContain(
      `\nTWILIO_AUTH_TOKEN=${token}\n`,
    );
  },
);

test("a clone's own settings meet neither git status nor git pull", async () => {
  const [upstream, clone] = [join(folder, "upstream"), join(folder, "clone")];
  await copySources(upstream);
  await git(upstream, "init", "--quiet", "--initial-branch", "main");
  await git(upstream, "add", ".");
  await git(upstream, "commit", "--quiet", "--message", "first");
  await git(folder, "clone", "--quiet", upstream, clone);
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));

  const own = { cwd: clone, env: {} };
  const command = ["init", "--json"];
  const { out } = await startCommand(command, own).ended;
  expect(JSON.parse(out).next[0]).toBe("npx hookswitch check --config wrangler.own.toml");
  const file = join(clone, "wrangler.own.toml");
  const settings = (await readFile(file, "utf8")).replace("127.0.0.1:3000/sms", "127.0.0.1:1/mine");
  await writeFile(file, settings);
  expect(await git(clone, "status", "--porcelain")).toBe("?? node_modules\n"); // a link, here
  const env = { TWILIO_AUTH_TOKEN: "9a8b7c6d5e4f30211203f4e5d6c7b8a9" };
  const check = ["check", "--config", "wrangler.own.toml"];
  expect((await startCommand(check, { cwd: clone, env }).ended).out).toContain("127.0.0.1:1/mine");

  await writeFile(join(upstream, "wrangler.toml"), "# another one\n");
  await git(upstream, "commit", "--quiet", "--all", "--message", "second");
  await git(clone, "pull", "--quiet", "--ff-only");
  expect(await readFile(join(clone, "wrangler.toml"), "utf8")).toBe("# another one\n");
  expect(await readFile(file, "utf8")).toBe(settings);
});

/** Every file in the folder with what it holds. */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path, await readFile(path, "utf8")] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/** What of this repository a clone would have, as it stands here: not only what is committed. */
async function copySources(to: string): Promise<void> {
  const listed = await git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z");
  const wanted = /^(src|bin|package\.json|wrangler\.toml|\.gitignore)/;
  await Promise.all(
    listed
      .split("\0")
      .filter((path) => wanted.test(path))
      .map(async (path) => {
        await mkdir(dirname(join(to, path)), { recursive: true });
        await cp(join(root, path), join(to, path));
      }),
  );
}

async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  const { stdout } = await run("git", [...who, ...args], { cwd, env: ownEnv() });
  return stdout;
}
