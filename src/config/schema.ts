/** Every section and setting, with its default. docs/configuration.md is written from the descriptions. */
import { Type, type Static } from "typebox";

const STRICT = { additionalProperties: false } as const;

export const ConfigSchema = Type.Object(
  {
    server: Type.Object(
      {
        host: Type.String({ default: "127.0.0.1", description: "Listen address." }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 9000,
          description: "Listen port; 0 takes any free one.",
        }),
        allowedHosts: Type.String({
          default: "",
          description:
            "Host names that requests may name beside localhost, addresses and the name in server.host, with commas " +
            "between; * for any. Other names are refused, so that no web page can take this service for its own.",
        }),
        bodyLimitBytes: Type.Integer({
          minimum: 1024,
          default: 1_048_576,
          description: "Largest JSON body, in bytes.",
        }),
        requestTimeoutMs: Type.Integer({
          minimum: 100,
          default: 30_000,
          description: "Milliseconds in which a client must have sent its whole request.",
        }),
      },
      STRICT,
    ),
    storage: Type.Object(
      {
        dataDir: Type.String({
          minLength: 1,
          default: "./data",
          description: "Directory of the ledger; relative to where the command runs.",
        }),
      },
      STRICT,
    ),
    seal: Type.Object(
      {
        passphraseFile: Type.String({
          default: "",
          description:
            "File that holds the passphrase, mode 600. Empty: asked for by init, unsealed by POST /v1/sys/unseal.",
        }),
      },
      STRICT,
    ),
    keys: Type.Object(
      {
        allowImport: Type.Boolean({
          default: false,
          description: "Whether POST /v1/keys/import takes raw private keys.",
        }),
        backupPassphraseFile: Type.String({
          default: "",
          description:
            "File, mode 600, with the passphrase that POST /v1/keys/{keyId}/eots/backup seals keys under. Empty: none leaves.",
        }),
      },
      STRICT,
    ),
    validators: Type.Object(
      {
        namespace: Type.String({
          pattern: "^[a-z][a-z0-9-]{0,62}$",
          default: "default",
          description:
            "Namespace of validator clients that send no token, and of the keys that the Keymanager API manages.",
        }),
        allowAnonymousSigning: Type.Boolean({
          default: false,
          description:
            "Whether validator clients may sign without a token. Only with a loopback server.host, from this machine.",
        }),
        allowAnonymousKeymanager: Type.Boolean({
          default: false,
          description:
            "Whether programs on this machine may list, import and delete keystores over /eth/v1/keystores without a token, " +
            "as SSV's signer does. Only with a loopback server.host.",
        }),
        network: Type.String({
          default: "",
          description:
            "Network of new validator keys: their exits and registrations depend on it. Empty: that of networkFile, " +
            "else mainnet.",
        }),
        networkFile: Type.String({
          default: "",
          description:
            "A network of your own: the config.yaml that its consensus clients take. Needs genesisValidatorsRoot. " +
            "Empty: the known networks.",
        }),
        genesisValidatorsRoot: Type.String({
          default: "",
          description:
            "32 bytes in 0x-hex that the data directory is pinned to at start. Empty: the first import or duty pins it.",
        }),
        keymanagerTokenFile: Type.String({
          default: "",
          description:
            "File with the Keymanager API's own bearer token; made with a new one if absent. Empty: /eth/v1/keystores " +
            "is not served, except with serve --dev (keymanager.token in the data directory).",
        }),
        commitBoostFile: Type.String({
          default: "",
          description:
            "Modules that may ask for commitments by Commit-Boost's signer API. Empty: not served.",
        }),
        importBytesMax: Type.Integer({
          minimum: 1024,
          maximum: 1_099_511_627_776,
          default: 2_147_483_648,
          description: "Largest document, in bytes, that POST /v1/slashing-protection/import takes.",
        }),
        pruneKeepEpochs: Type.Integer({
          minimum: 0,
          maximum: 999_999_999,
          default: 250,
          description:
            "Epochs of history that the running service keeps of each key, counted back from its newest vote; older " +
            "records are deleted, and the watermark replaces them. 0: nothing is pruned.",
        }),
      },
      STRICT,
    ),
    eots: Type.Object(
      {
        enabled: Type.Boolean({
          default: false,
          description: "Whether the EOTS manager is served over gRPC, for the daemon of a finality provider.",
        }),
        host: Type.String({
          minLength: 1,
          default: "127.0.0.1",
          description: "Listen address. Any but a loopback one needs hmacKeyFile or tlsClientCaFile.",
        }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 12582,
          description: "Listen port; 0 takes any free one.",
        }),
        namespace: Type.String({
          pattern: "^[a-z][a-z0-9-]{0,62}$",
          default: "default",
          description:
            "Namespace of the keys that callers sign with, as one principal that is a KeyUser there.",
        }),
        hmacKeyFile: Type.String({
          default: "",
          description:
            "File with the text of the daemon's HMACKey: every call but Ping and SaveEOTSKeyName must carry x-fpd-hmac. " +
            "Empty: none is asked for.",
        }),
        tlsCertFile: Type.String({
          default: "",
          description:
            "Certificate chain in PEM. Empty: plaintext, which is all that the daemon itself speaks.",
        }),
        tlsKeyFile: Type.String({ default: "", description: "The certificate's private key in PEM." }),
        tlsClientCaFile: Type.String({
          default: "",
          description:
            "Authority in PEM that must have signed the certificate of every caller. Empty: none is asked for.",
        }),
        maxMessageBytes: Type.Integer({
          minimum: 65_536,
          maximum: 268_435_456,
          default: 16_777_216,
          description: "Largest gRPC message, in either direction, in bytes.",
        }),
      },
      STRICT,
    ),
    audit: Type.Object(
      {
        checkpointSeconds: Type.Integer({
          minimum: 0,
          maximum: 86_400,
          default: 1,
          description:
            "Seconds after which the running service signs a checkpoint of a log that grew. 0: only when one is asked for, " +
            "and when the service stops.",
        }),
      },
      STRICT,
    ),
    policy: Type.Object(
      {
        workers: Type.Integer({
          minimum: 1,
          maximum: 64,
          default: 1,
          description: "Threads that run policies at the same time.",
        }),
      },
      STRICT,
    ),
    log: Type.Object(
      {
        level: Type.String({
          enum: ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
          default: "info",
          description: "Least severe line that the log on stderr shows.",
        }),
      },
      STRICT,
    ),
    dev: Type.Object(
      {
        token: Type.String({
          default: "",
          description:
            "With serve --dev: the administrator's bearer token, 32 characters or more. Empty: generated and printed.",
        }),
      },
      STRICT,
    ),
  },
  STRICT,
);

export type Config = Static<typeof ConfigSchema>;
