// Loaded by Node before the kernel. A module's code is known to Node's compile cache by the module's path, but the kernel
// makes a new folder of links in each process. Here it has the path that the link leads to.
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const compile = Module.prototype._compile;
const linked = /^(.*[\\/]jsii-kernel-[^\\/]+[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)(?=[\\/])/;
const targets = {};

Module.prototype._compile = function (content, filename, ...rest) {
  const path = filename.replace(linked, (link) => (targets[link] ??= fs.realpathSync(link)));
  return compile.call(this, content, path, ...rest);
};
