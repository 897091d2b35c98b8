// The resources of a synthesized app, made again in JavaScript: `node typescript.js whole|deep OUTDIR APP`.
// "whole" requires each provider's package as cdktf's documentation does, "deep" the folder of each resource.
const fs = require("fs"), path = require("path");
const [how, outdir, source] = process.argv.slice(2);
const from = require("module").createRequire(path.join(process.cwd(), "index.js"));
const { App, TerraformStack } = from("cdktf");

const camel = (name) => name.replace(/[_-](\w)/g, (_, letter) => letter.toUpperCase());
const properties = (value) =>
  Array.isArray(value) ? value.map(properties)
  : value && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "//").map(([key, each]) => [camel(key), properties(each)]))
  : value;

function classOf(type, data) {
  const [provider, ...rest] = type.split("_");
  const folder = [...(data ? ["data", provider] : []), ...(rest.length ? rest : ["provider"])].join("-");
  const module = how === "deep"
    ? from(`@cdktf/provider-${provider}/lib/${folder}`)
    : from(`@cdktf/provider-${provider}`)[camel(folder)];
  return Object.values(module).find((each) => each.tfResourceType === type);
}

const app = new App({ outdir });
for (const name of fs.readdirSync(path.join(source, "stacks"))) {
  const json = JSON.parse(fs.readFileSync(path.join(source, "stacks", name, "cdk.tf.json")));
  const stack = new TerraformStack(app, name);
  for (const provider of Object.keys(json.provider ?? {})) new (classOf(provider, false))(stack, provider, {});
  for (const block of ["data", "resource"])
    for (const [type, all] of Object.entries(json[block] ?? {}))
      for (const [id, values] of Object.entries(all)) {
        if (type === "terraform_remote_state") continue;
        new (classOf(type, block === "data"))(stack, `${block}-${type}-${id}`, properties(values));
      }
}
app.synth();
