// Validates and packs this folder with the code of Zoho's own CLI, without an account and without a deploy.
//
// `catalyst deploy` asks for a login before it looks at anything (facts/widget.md 4.3), so its parts are called here:
// the reader of catalyst.json and app-config.json, the validator, the packer. Prints what they found, as JSON; with a
// second argument the archive that a deploy would send is written there.
//
//   node validate.js PATH/TO/node_modules/zcatalyst-cli [archive.zip]
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const [cli, archive] = process.argv.slice(2);
const of = (name) => require(path.join(path.resolve(cli), "lib", name));

async function main() {
  const { default: store } = of("runtime-store.js");
  const { default: needsConfig } = of("command_needs/config.js");
  const { getAllTargetDetails } = of("util_modules/config/lib/appsail.js");
  const { validateAppSail } = of("appsail-utils.js");
  const { packAppSail } = of("deploy/features/appsail/pack.js");

  store.set("project.root", __dirname);
  await needsConfig();
  const targets = await validateAppSail(await getAllTargetDetails());
  const told = targets.map(({ name, validity, config: found }) => ({ name, ...validity, command: found?.command }));
  process.stdout.write(`${JSON.stringify(told)}\n`);
  if (archive && targets[0].validity.valid) {
    const { stream } = await packAppSail(targets[0]);
    await new Promise((done, failed) => stream.pipe(fs.createWriteStream(archive)).on("finish", done).on("error", failed));
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message ?? error}\n`);
  process.exitCode = 1;
});
