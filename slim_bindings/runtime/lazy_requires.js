// Loaded by Node before the kernel. What stands for a package here passes on whatever is done to it: that loads it.
"use strict";
const Module = require("node:module");
const load = Module._load;
const seldomUsed = { archiver: function () {}, semver: {} };

Module._load = function (request, parent, isMain) {
  const whole = () => load.call(this, request, parent, isMain);
  const standIn = /[\\/]cdkt[fn][\\/]lib[\\/]/.test(parent?.filename) ? seldomUsed[request] : undefined;
  const passOn = { get: (_, done) => (_, ...values) => Reflect[done](whole(), ...values) };
  return standIn ? new Proxy(standIn, new Proxy({}, passOn)) : whole();
};
