/** The first screen of a development service. It says of a key only what a dry run has just shown. */
import type { Config } from "../../config/schema.ts";
import type { Core } from "../../core.ts";
import { curlLine, developmentKey, obstacleTo } from "./development-key.ts";
import { DEV_TOKEN_FILE } from "./development-seal.ts";
import { say } from "../output.ts";

export interface Welcome {
  readonly config: Config;
  readonly url: string;
  /** Address of the EOTS manager; null where it is not served. */
  readonly eots: string | null;
  /** The administrator's bearer token, and what the screen says in its stead where the user set it. */
  readonly token: string;
  readonly shownToken: string;
}

/** Prints what the service is, and a line that signs when it is pasted. */
export async function welcome(core: Core, screen: Welcome): Promise<void> {
  const { config, url, eots } = screen;
  say(
    "",
    "Claviger runs in DEVELOPMENT mode: its passphrase is beside its data. Never put real keys here.",
    "",
    `  data           ${config.storage.dataDir}`,
    `  API            ${url}`,
    `  documentation  ${url}/docs`,
    `  metrics        ${url}/metrics`,
    ...(eots === null ? [] : [`  EOTS manager   ${eots} (gRPC)`]),
    "",
    ...(await firstSteps(core, screen)),
    "Every chain in a minute: npm run tour. Stop with Ctrl-C.",
    "",
  );
}

/** The key and its curl line, after a dry run of that very line; else what would refuse it. */
async function firstSteps(core: Core, { url, token, shownToken }: Welcome): Promise<readonly string[]> {
  const principal = core.principals.authenticate(token);
  if (principal === undefined) {
    const fix = "to get an administrator, set CLAVIGER_DEV__TOKEN to 32 characters or more and start again";
    return [`No token of this directory is known here (${DEV_TOKEN_FILE}); ${fix}.`, ""];
  }
  const key = developmentKey(core, principal);
  if (key === undefined) return [];
  const obstacle = await obstacleTo(core, principal, key);
  if (obstacle !== null) return [`Ethereum key ${key.address} signs no transfer as it is: ${obstacle}`, ""];
  return [
    `Ethereum key ${key.address} is ready: its policy, transfer-limits, allows it to send at most 1 ETH at once.`,
    "Paste this to sign a transfer (a dry run of it was allowed just now); with a value above 1 ETH it is refused:",
    "",
    curlLine(url, shownToken, key),
    "",
  ];
}
