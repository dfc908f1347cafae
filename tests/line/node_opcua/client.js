// A line's client on another OPC UA stack than the server's. It does what it is told in argv[2],
// JSON, and prints what it saw as one line of JSON.
"use strict";

const fs = require("node:fs");

const opcua = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
const { readCertificate } = require("node-opcua-crypto");

const PACKML = "http://opcfoundation.org/UA/PackML/";
const OWN = "urn:pregrasp:line";
const MACHINE = "BaseStateMachine/MachineState";
const METHODS = {
  clear: "BaseStateMachine/Clear",
  abort: "BaseStateMachine/Abort",
  stop: `${MACHINE}/Stop`,
  reset: `${MACHINE}/Reset`,
  start: `${MACHINE}/ExecuteState/Start`,
  hold: `${MACHINE}/ExecuteState/Hold`,
  unhold: `${MACHINE}/ExecuteState/Unhold`,
  request: "Jobs/Request",
};
const PATIENCE_MS = 20000;

async function find(session, path) {
  const namespaces = await session.readNamespaceArray();
  const [packml, own] = [PACKML, OWN].map((uri) => namespaces.indexOf(uri));
  const steps = path.split("/");
  const index = ["PackTags", "Jobs"].includes(steps[0]) ? own : packml;
  const browse = `/${own}:GraspUnit` + steps.map((step) => `/${index}:${step}`).join("");
  const found = await session.translateBrowsePath(
    opcua.makeBrowsePath("ObjectsFolder", browse),
  );
  if (!found.targets || !found.targets.length) throw new Error(`no node ${browse}`);
  return found.targets[0].targetId;
}

async function call(session, name, inputs) {
  const path = METHODS[name];
  const result = await session.call({
    objectId: await find(session, path.slice(0, path.lastIndexOf("/"))),
    methodId: await find(session, path),
    inputArguments: inputs.map((value) => ({ dataType: opcua.DataType.String, value })),
  });
  return {
    status: result.statusCode.name,
    outputs: (result.outputArguments || []).map((output) => output.value),
  };
}

async function main(told) {
  const certificates = new OPCUACertificateManager({
    rootFolder: told.folder,
    automaticallyAcceptUnknownCertificate: true,
  });
  await certificates.initialize();
  const client = opcua.OPCUAClient.create({
    applicationUri: told.applicationUri,
    certificateFile: told.certificate,
    privateKeyFile: told.key,
    clientCertificateManager: certificates,
    securityMode: opcua.MessageSecurityMode.SignAndEncrypt,
    securityPolicy: opcua.SecurityPolicy.Basic256Sha256,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false,
  });
  await client.connect(told.url);
  const saw = { calls: [], states: [] };
  try {
    const login = told.user
      ? { type: opcua.UserTokenType.UserName, userName: told.user, password: told.password }
      : {
          type: opcua.UserTokenType.Certificate,
          certificateData: readCertificate(told.certificate),
          privateKey: fs.readFileSync(told.key, "utf8"),
        };
    const session = await client.createSession(login);
    try {
      const state = await find(session, "PackTags/StateCurrent");
      const read = async () =>
        (await session.read({ nodeId: state, attributeId: opcua.AttributeIds.Value })).value.value;
      saw.began = await read();
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 20,
        requestedLifetimeCount: 1000,
        requestedMaxKeepAliveCount: 10,
        publishingEnabled: true,
      });
      const item = await subscription.monitor(
        { nodeId: state, attributeId: opcua.AttributeIds.Value },
        { samplingInterval: 0, queueSize: 100, discardOldest: false },
        opcua.TimestampsToReturn.Both,
      );
      item.on("changed", (value) => saw.states.push(value.value.value));
      for (const { name, inputs = [], until } of told.calls) {
        saw.calls.push({ name, ...(await call(session, name, inputs)) });
        const ends = Date.now() + PATIENCE_MS;
        while (until !== undefined && saw.states.at(-1) !== until) {
          if (Date.now() > ends) throw new Error(`${name}: told ${saw.states}, not ${until}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
      await subscription.terminate();
    } finally {
      await session.close();
    }
  } finally {
    await client.disconnect();
  }
  return saw;
}

main(JSON.parse(process.argv[2])).then(
  (saw) => {
    process.stdout.write(JSON.stringify(saw) + "\n", () => process.exit(0));
  },
  (error) => {
    process.stderr.write(`${error.stack || error}\n`, () => process.exit(1));
  },
);
