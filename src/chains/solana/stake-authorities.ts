/** Who decides over a stake account: staker, withdrawer, and the custodian of a lockup while it lasts. */
import { isSome, type Option } from "@solana/kit";
import { authorities, control, type Effects, forGood, leave, nothing } from "./effects.ts";

/** 32 zero bytes, which nobody has the key of. */
const NOBODY = "11111111111111111111111111111111";
const STAKE_AUTHORITIES = ["Staker", "Withdrawer"];
const WITHDRAWER = 1;

interface Initial {
  readonly staker: string;
  readonly withdrawer: string;
  readonly unixTimestamp?: bigint;
  readonly epoch?: bigint;
  readonly custodian?: string;
}

export function initialAuthorities(stake: string, initial: Initial, own: string): Effects {
  const { staker, withdrawer, unixTimestamp = 0n, epoch = 0n, custodian = NOBODY } = initial;
  // A lockup without a time locks nothing, and its custodian has no say.
  const locked = unixTimestamp > 0n || epoch > 0n;
  if (locked && custodian === NOBODY) {
    // A time that has passed locks nothing, and then staker and withdrawer decide at once.
    const named = authorities(stake, [staker, withdrawer], own, "our own key stakes and withdraws");
    const { control: locks } = forGood("authority", stake);
    return { control: "control" in named ? [...named.control, ...locks] : locks };
  }
  const others = locked ? [custodian] : [];
  return authorities(stake, [staker, withdrawer, ...others], own, "our own key stakes and withdraws");
}

interface Change {
  readonly stake: string;
  /** Whose signature allows it. */
  readonly by: string;
  readonly stakeAuthorize: number;
}

/** Undefined for an authority that stake accounts do not have. */
export function nextAuthority(
  { stake, by, stakeAuthorize }: Change,
  next: string,
  own: string,
): Effects | undefined {
  const name = STAKE_AUTHORITIES[stakeAuthorize];
  if (name === undefined) return undefined;
  const args = { stakeAuthorize: name };
  if (next === own) return { args, ...nothing("the authority becomes our own key") };
  return {
    args,
    ...control("authority", stake, next),
    // The withdrawer can take all that the account holds, and names the staker.
    ...(stakeAuthorize === WITHDRAWER ? leave("native", by, next) : {}),
  };
}

interface Lockup {
  readonly unixTimestamp: Option<bigint>;
  readonly epoch: Option<bigint>;
  readonly custodian: Option<string> | string | null;
}

/** While a lockup lasts, nobody withdraws without its custodian, who can also lift it. */
export function nextLockup(stake: string, { unixTimestamp, epoch, custodian }: Lockup, own: string): Effects {
  const named = typeof custodian === "object" && custodian !== null ? valueOf(custodian) : custodian;
  if (named === NOBODY) return forGood("authority", stake);
  if (named !== null) return authorities(stake, [named], own, "our own key is the custodian of the lockup");
  // The custodian is whoever was named before.
  if (isSome(unixTimestamp) || isSome(epoch)) return control("authority", stake, null);
  return nothing("neither the times nor the custodian of the lockup change");
}

function valueOf(option: Option<string>): string | null {
  return isSome(option) ? option.value : null;
}
