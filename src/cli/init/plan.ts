import { isTable } from "../../shared/table.ts";
import { namesSetIn, type NewSecrets, secretsExample, secretsToAdd } from "./secret-files.ts";
import { wranglerToml } from "./wrangler-toml.ts";

/** What is to be done with one file. */
export type FileChange =
  | {
      readonly action: "write";
      readonly path: string;
      readonly text: string;
      readonly detail: string;
      /** Whether nobody but its owner may read it. */
      readonly isSecret?: boolean;
    }
  | {
      readonly action: "add";
      readonly path: string;
      /** Goes behind what is there. */
      readonly text: string;
      readonly detail: string;
    }
  | { readonly action: "keep"; readonly path: string; readonly detail: string };

/** A folder that Hookswitch is to be set up in. */
export interface Project {
  /** What a file holds, by its path from the folder; `undefined` where there is none. */
  readonly read: (path: string) => string | undefined;
  /** The folder of the log's page in the installed package, or where npm will put it; from the folder. */
  readonly page: string;
  /** Whether the folder is a clone of Hookswitch itself. */
  readonly isClone: boolean;
  /** Whether npm has put the package where `page` says. */
  readonly isInstalled: boolean;
  /** Name of the Worker. */
  readonly name: string;
  /** What `package.json` asks npm for, such as `^0.1.0`. */
  readonly range: string;
  readonly secrets: NewSecrets;
}

/** All that is to be done, and the commands that come next. */
export interface InitPlan {
  readonly changes: readonly FileChange[];
  /** Secrets that are still to be filled in by hand. */
  readonly missing: readonly string[];
  readonly next: readonly string[];
}

/** wrangler looks for them in this order, and takes the first. */
export const wranglerFiles = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"] as const;

/** The file of a clone's own settings: its `.gitignore` names it, so that no `git pull` meets it. */
export const ownConfig = "wrangler.own.toml";

/** Whether the text of a configuration binds Hookswitch's ledger. */
export function isOurs(config: string): boolean {
  return /"?class_name"?\s*[=:]\s*"Ledger"/.test(config);
}

/** What `hookswitch init` does in a folder. Nothing that is there is taken away or written over. */
export function planInit(project: Project): InitPlan {
  const secretFile = planSecrets(project);
  const changes = project.isClone
    ? [planConfig(project, ownConfig, "src/index.ts"), secretFile.change]
    : [
        // Before there are secrets to be committed.
        planIgnored(project),
        ...planWorker(project),
        secretFile.change,
        planNew(
          project,
          ".dev.vars.example",
          secretsExample(),
          "names only, for whoever comes next",
        ),
        ...planPackage(project),
      ];
  return { changes, missing: secretFile.missing, next: nextCommands(project) };
}

function planWorker(project: Project): readonly FileChange[] {
  const there = wranglerFiles.find((path) => project.read(path) !== undefined);
  const config = there === undefined ? undefined : project.read(there);
  const main = mainIn(config) ?? freeEntry(project);
  const entry = planNew(project, main, entryText, "the Worker's entry, one line");
  return [planConfig(project, there ?? "wrangler.toml", main), entry];
}

const entryText = 'export { default, Ledger } from "hookswitch";\n';

/** The entry that a configuration names; none where it is to be written. */
function mainIn(config: string | undefined): string | undefined {
  return config === undefined ? undefined : /^\s*"?main"?\s*[=:]\s*"([^"]+)"/m.exec(config)?.[1];
}

/** An `src/index.ts` that is somebody else's stays theirs. */
function freeEntry({ read }: Project): string {
  const text = read("src/index.ts");
  return text === undefined || /from ["']hookswitch["']/.test(text)
    ? "src/index.ts"
    : "src/hookswitch.ts";
}

function planConfig(project: Project, path: string, main: string): FileChange {
  const text = wranglerToml({
    name: project.name,
    main,
    page: project.page,
    buildCommand: project.isClone ? "npm run --silent build:page" : undefined,
    configFlag: configFlag(project),
  });
  return planNew(project, path, text, "put your application's URLs into its origins");
}

function planNew({ read }: Project, path: string, text: string, detail: string): FileChange {
  return read(path) === undefined
    ? { action: "write", path, text, detail }
    : { action: "keep", path, detail: "was there already" };
}

function planSecrets({ read, secrets }: Project): {
  readonly change: FileChange;
  readonly missing: readonly string[];
} {
  const path = ".dev.vars";
  const before = read(path);
  const { text, names } = secretsToAdd(before ?? "", secrets);
  const set = namesSetIn(`${before ?? ""}\n${text}`);
  const missing = set.some((name) => name.startsWith("TWILIO_")) ? [] : ["TWILIO_AUTH_TOKEN"];
  if (before !== undefined && names.length === 0) {
    return { change: { action: "keep", path, detail: "was there already" }, missing };
  }
  const random = names.filter((name) => name.startsWith("LOG_"));
  const detail = random.length > 0 ? `random: ${random.join(", ")}` : `names: ${names.join(", ")}`;
  if (before !== undefined) return { change: { action: "add", path, text, detail }, missing };
  const head =
    "# Secrets for wrangler dev and the command on this machine. Never in git; in production: wrangler secret put.\n\n";
  return { change: { action: "write", path, text: head + text, detail, isSecret: true }, missing };
}

const ignored = ["node_modules/", ".wrangler/", ".dev.vars", ".dev.vars.*", "!.dev.vars.example"];

function planIgnored({ read }: Project): FileChange {
  const path = ".gitignore";
  const before = read(path);
  const there = (before ?? "").split("\n").map(spelling);
  const missing = ignored.filter((line) => !there.includes(spelling(line)));
  if (before === undefined) {
    return { action: "write", path, text: `${ignored.join("\n")}\n`, detail: "covers .dev.vars" };
  }
  if (missing.length === 0) return { action: "keep", path, detail: "covers .dev.vars already" };
  return { action: "add", path, text: `${missing.join("\n")}\n`, detail: missing.join(" ") };
}

/** `/node_modules` and `node_modules/` say the same here. */
function spelling(line: string): string {
  return line.trim().replace(/^\//, "").replace(/\/$/, "");
}

function planPackage(project: Project): readonly FileChange[] {
  const manifest = {
    private: true,
    type: "module",
    scripts: {
      check: "hookswitch check",
      dev: "wrangler dev",
      deploy: "hookswitch check && wrangler deploy",
    },
    dependencies: { hookswitch: project.range },
    // npm asks whose install scripts may run.
    allowScripts: { esbuild: true, workerd: true },
  };
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  return [planNew(project, "package.json", text, "npm update brings new versions")];
}

function nextCommands(project: Project): readonly string[] {
  const flag = configFlag(project);
  return [
    ...installCommand(project),
    `npx hookswitch check${flag}`,
    ...(project.isClone ? [`npm start -- ${flag.trim()}`] : ["npx wrangler dev"]),
  ];
}

function installCommand({ read, isClone, isInstalled }: Project): readonly string[] {
  const manifest = read("package.json");
  if (isClone) return [];
  if (manifest !== undefined && !asksFor(manifest)) return ["npm install hookswitch"];
  return isInstalled ? [] : ["npm install"];
}

/** Whether a `package.json` has it among its dependencies. */
function asksFor(manifest: string): boolean {
  try {
    const parsed: unknown = JSON.parse(manifest);
    if (!isTable(parsed)) return false;
    return ["dependencies", "devDependencies"].some((kind) => {
      const list = parsed[kind];
      return isTable(list) && Object.hasOwn(list, "hookswitch");
    });
  } catch {
    return false; // npm will say what is wrong with it
  }
}

function configFlag({ isClone }: Project): string {
  return isClone ? ` --config ${ownConfig}` : "";
}
