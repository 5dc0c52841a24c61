/** `claviger slashing floor|bound`: floors and bounds of validator keys, asked of the running service. */
import { loadConfig } from "../../config/config.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { askService } from "../service-client.ts";

export interface SlashingBoundsOptions extends CommandOptions {
  /** Public keys in 0x-hex. */
  readonly publicKey?: readonly string[];
  readonly everyKey: boolean;
  readonly slot?: string;
  readonly epoch?: string;
  readonly tokenFile?: string;
}

const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;

/** Raises low watermarks, as Web3Signer's watermark-repair does. */
export async function slashingFloor(options: SlashingBoundsOptions): Promise<void> {
  const body = {
    ...choiceOf(options),
    ...numberOf("slot", options.slot, false),
    ...numberOf("epoch", options.epoch, false),
  };
  const changed = await ask(options, "floors", body);
  tell(options, changed, `floors of ${changed} keys raised; those that were higher already stay`);
}

/** Sets, moves or lifts (`none`) the slot and epoch from which on keys sign nothing. */
export async function slashingBound(options: SlashingBoundsOptions): Promise<void> {
  const body = {
    ...choiceOf(options),
    ...numberOf("slot", options.slot, true),
    ...numberOf("epoch", options.epoch, true),
  };
  const changed = await ask(options, "bounds", body);
  tell(options, changed, `bounds of ${changed} keys changed; the others had them already`);
}

async function ask(options: SlashingBoundsOptions, what: string, body: object): Promise<number> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const { tokenFile } = options;
  const token = tokenFile === undefined ? {} : { tokenFile };
  const answer = await askService(config, token, "POST", `/v1/slashing-protection/${what}`, body);
  return Number(answer["changed"]);
}

function tell({ output }: SlashingBoundsOptions, changed: number, words: string): void {
  if (output === "json") sayJson({ changed });
  else say(words);
}

/** @throws CommandError without exactly one of the two: a floor is for good, so no default is every key */
function choiceOf({ publicKey, everyKey }: SlashingBoundsOptions): object {
  if (everyKey === (publicKey === undefined)) return everyKey ? { everyKey } : { publicKeys: publicKey };
  throw new CommandError("usage", "name keys with --public-key, or give --every-key, and not both", 2);
}

function numberOf(name: "slot" | "epoch", text: string | undefined, lifts: boolean): object {
  if (text === undefined) return {};
  if (lifts && text === "none") return { [name]: null };
  if (NUMBER.test(text)) return { [name]: text };
  throw new CommandError(
    "usage",
    `--${name}: ${text} must be a whole number below 2^63${lifts ? ", or none" : ""}`,
    2,
  );
}
