'use strict';
// Once the libraries are fetched, and before serverless-python-requirements packs them by itself (half a minute): hands
// package and libraries to zoho_privacy/local/aws/pack.py, and leaves the plugin nothing to add.
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

class Finish {
  constructor(serverless) {
    this.hooks = { 'after:package:createDeploymentArtifacts': () => finish(serverless) };
  }
}

function finish(serverless) {
  const { service, serviceDir } = serverless;
  const artifact = path.resolve(serviceDir, service.package.artifact || `.serverless/${service.service}.zip`);
  const libraries = path.join(serviceDir, '.serverless/requirements');
  const script = path.join(serviceDir, 'zoho_privacy/local/aws/pack.py');
  const version = service.provider.runtime.replace('python', '');
  const told = [script, artifact, '--libraries', libraries, '--python', version];
  const done = spawnSync('python3', told, { encoding: 'utf8' });
  if (done.status !== 0) {
    throw new serverless.classes.Error(`the package could not be finished: ${done.stderr || done.error}`);
  }
  fs.rmSync(libraries, { recursive: true, force: true }); // where it is a link into the cache, only the link
}

module.exports = Finish;
