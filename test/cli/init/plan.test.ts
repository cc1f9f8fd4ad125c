import { expect, test } from "vitest";
import { type FileChange, planInit, type Project } from "../../../src/cli/init/plan.ts";
import { namesSetIn } from "../../../src/cli/init/secret-files.ts";

function project(
  files: Readonly<Record<string, string>> = {},
  parts: Partial<Project> = {},
): Project {
  let made = 0;
  return {
    read: (path) => files[path],
    page: "node_modules/hookswitch/dist/page",
    isClone: false,
    isInstalled: false,
    name: "hookswitch",
    range: "^0.1.0",
    secrets: { authToken: undefined, makeToken: () => `token-${++made}` },
    ...parts,
  };
}

function changeOf(path: string, of: Project): FileChange | undefined {
  return planInit(of).changes.find((change) => change.path === path);
}

function textOf(path: string, of: Project): string {
  const change = changeOf(path, of);
  return change === undefined || change.action === "keep" ? "" : change.text;
}

/** A second run over what the first one would have left. */
function written(of: Project): Readonly<Record<string, string>> {
  return Object.fromEntries(
    planInit(of).changes.map((change) => [
      change.path,
      `${of.read(change.path) ?? ""}${change.action === "keep" ? "" : change.text}`,
    ]),
  );
}

test("planInit() writes everything into an empty folder, .gitignore before the secrets", () => {
  const { changes, missing, next } = planInit(project());
  expect(changes.map(({ action, path }) => `${action} ${path}`)).toEqual([
    "write .gitignore",
    "write wrangler.toml",
    "write src/index.ts",
    "write .dev.vars",
    "write .dev.vars.example",
    "write package.json",
  ]);
  expect(missing).toEqual(["TWILIO_AUTH_TOKEN"]);
  expect(next).toEqual(["npm install", "npx hookswitch check", "npx wrangler dev"]);
});

test("planInit() changes nothing the second time", () => {
  const actions = planInit(project(written(project()))).changes.map(({ action }) => action);
  expect(new Set(actions)).toEqual(new Set(["keep"]));
});

test("planInit() exports the Worker and the ledger's class in one line", () => {
  expect(textOf("src/index.ts", project())).toBe('export { default, Ledger } from "hookswitch";\n');
});

test("planInit() makes a secret of its own for each token and leaves the auth token empty", () => {
  const lines = textOf(".dev.vars", project()).split("\n");
  expect(lines.filter((line) => /^\w+=/.test(line))).toEqual([
    "TWILIO_AUTH_TOKEN=",
    "LOG_TOKEN=token-1",
    "LOG_ADMIN_TOKEN=token-2",
    "LOG_KEY=token-3",
  ]);
  expect(changeOf(".dev.vars", project())).toMatchObject({ isSecret: true });
});

test("planInit() takes the auth token that was typed", () => {
  const secrets = { authToken: "a1b2", makeToken: () => "t" };
  expect(textOf(".dev.vars", project({}, { secrets }))).toContain("\nTWILIO_AUTH_TOKEN=a1b2\n");
  expect(planInit(project({}, { secrets })).missing).toEqual([]);
});

test("planInit() never tells a secret in what it says", () => {
  const { changes, missing, next } = planInit(project());
  const said = [...changes.map(({ detail }) => detail), ...missing, ...next].join("\n");
  expect(said).not.toMatch(/token-\d/);
});

test.each([
  ["nothing", "", ["TWILIO_AUTH_TOKEN", "LOG_TOKEN", "LOG_ADMIN_TOKEN", "LOG_KEY"]],
  [
    "a key of one account",
    "TWILIO_AUTH_TOKEN_AC1=x\nLOG_TOKEN=y\n",
    ["LOG_ADMIN_TOKEN", "LOG_KEY"],
  ],
  ["an empty one", "TWILIO_AUTH_TOKEN=\nLOG_TOKEN=\nLOG_ADMIN_TOKEN=z\n", ["LOG_KEY"]],
])("planInit() adds to a .dev.vars with %s what it lacks", (_what, before, names) => {
  const change = changeOf(".dev.vars", project({ ".dev.vars": before }));
  expect(change?.action).toBe("add");
  const text = textOf(".dev.vars", project({ ".dev.vars": before }));
  expect([...text.matchAll(/^(\w+)=/gm)].map(([, name]) => name)).toEqual(names);
});

test("planInit() names all secrets and no value in the example", () => {
  const example = textOf(".dev.vars.example", project());
  expect(namesSetIn(example)).toEqual([]);
  expect([...example.matchAll(/^(?:# )?([A-Z_]+)[0-9A-Z]*=/gm)].map(([line]) => line)).toEqual([
    "TWILIO_AUTH_TOKEN=",
    `# TWILIO_AUTH_TOKEN_AC${"0".repeat(32)}=`,
    "# TWILIO_SIGNING_KEYS=",
    "LOG_TOKEN=",
    "LOG_ADMIN_TOKEN=",
    "LOG_KEY=",
    "# SLACK_URL=",
  ]);
});

test.each([
  ["nothing of it", "dist/", "node_modules/ .wrangler/ .dev.vars .dev.vars.* !.dev.vars.example"],
  [
    "a part, spelt in another way",
    "/node_modules\n.wrangler\r\n.dev.vars\n",
    ".dev.vars.* !.dev.vars.example",
  ],
])("planInit() adds to a .gitignore that has %s", (_what, before, detail) => {
  expect(changeOf(".gitignore", project({ ".gitignore": before }))).toMatchObject({
    action: "add",
    detail,
  });
});

test("planInit() leaves an src/index.ts that is somebody else's and takes another entry", () => {
  const own = project({ "src/index.ts": "export default {};\n" });
  expect(changeOf("src/index.ts", own)).toBeUndefined();
  expect(changeOf("src/hookswitch.ts", own)?.action).toBe("write");
  expect(textOf("wrangler.toml", own)).toContain('\nmain = "src/hookswitch.ts"\n');
});

test.each([
  ["wrangler.toml", 'main = "worker/main.ts"\nclass_name = "Ledger"\n'],
  ["wrangler.jsonc", '{\n  "main": "worker/main.ts",\n  "class_name": "Ledger" }'],
])("planInit() keeps a %s and writes the entry that it names", (path, text) => {
  const { changes } = planInit(project({ [path]: text }));
  expect(changes.map((each) => `${each.action} ${each.path}`).slice(1, 3)).toEqual([
    `keep ${path}`,
    "write worker/main.ts",
  ]);
});

test.each([
  [{ "package.json": '{"dependencies":{"hookswitch":"^0.1.0"}}' }, false, "npm install"],
  [{ "package.json": '{"devDependencies":{"hookswitch":"x"}}' }, true, "npx hookswitch check"],
  [{ "package.json": "{}" }, true, "npm install hookswitch"],
  [{ "package.json": "not JSON" }, false, "npm install hookswitch"],
])("planInit() tells after %o, installed %s, to run first %s", (files, isInstalled, first) => {
  expect(planInit(project(files, { isInstalled })).next[0]).toBe(first);
});

test("planInit() writes in a clone only what its .gitignore covers", () => {
  const clone = project({ "package.json": "{}" }, { isClone: true, page: "dist/page" });
  const { changes, next } = planInit(clone);
  expect(changes.map(({ path }) => path)).toEqual(["wrangler.own.toml", ".dev.vars"]);
  expect(next).toEqual([
    "npx hookswitch check --config wrangler.own.toml",
    "npm start -- --config wrangler.own.toml",
  ]);
});
