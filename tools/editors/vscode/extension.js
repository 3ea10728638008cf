// Starts kiln-lsp and hands it the .model files. All that it knows comes from the server.
"use strict";
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function settings() {
  const kiln = workspace.getConfiguration("kiln");
  return {
    inlayHints: { types: kiln.get("inlayHints.types"), ranges: kiln.get("inlayHints.ranges") },
    diagnostics: { delay: kiln.get("diagnostics.delay") },
  };
}

exports.activate = function (context) {
  const command = workspace.getConfiguration("kiln").get("server.path");
  client = new LanguageClient(
    "kiln",
    "Kiln",
    { command, args: ["--stdio"] },
    {
      documentSelector: [{ language: "kiln" }],
      initializationOptions: settings(),
      synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.model") },
    },
  );
  context.subscriptions.push(
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("kiln"))
        client.sendNotification("workspace/didChangeConfiguration", { settings: { kiln: settings() } });
    }),
  );
  return client.start();
};

exports.deactivate = function () {
  return client === undefined ? undefined : client.stop();
};
