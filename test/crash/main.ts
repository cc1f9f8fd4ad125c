// `npm run test:crash`: kills the Worker again and again while webhooks are queued, and counts what was lost.
import { parseArgs } from "node:util";
import { crashTest, resultLine } from "./crash-test.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    clients: { type: "string", default: "8" },
  },
});

const result = await crashTest({
  kills: Number(values.kills),
  clients: Number(values.clients),
  tell: (line) => console.log(line),
});
console.log(resultLine(result));
const wrong = [...result.lost, ...result.unexplained, ...result.disagreements];
for (const each of wrong) console.error(each);
process.exitCode = wrong.length === 0 && result.acknowledged > 0 ? 0 : 1;
