/** The caller's side of a contract: an object whose methods send their call, and resolve with what comes back. */
import type { Transferable } from "node:worker_threads";
import type { Call, Remote } from "./contract.ts";

/** Takes a call to where it is answered. */
export interface Sender {
  /**
   * @param rank lower goes first, equal ones in their order; what `moved` names is moved, not copied
   * @param unhurried nobody waits for the reply
   */
  send(call: Call, rank: number, moved: readonly Transferable[], unhurried?: boolean): Promise<unknown>;
}

export interface RemoteOptions<Contract> {
  /** Rank of every call of this remote; default 0, which nothing overtakes. */
  readonly rank?: number | undefined;
  /** What a method's call takes along: memory and ports that the caller gives away with it. */
  readonly moves?: {
    readonly [Name in keyof Contract]?: Contract[Name] extends (...input: infer Input) => unknown
      ? (...input: Input) => readonly Transferable[]
      : never;
  };
}

/**
 * The contract's methods over `sender`. They have no list of names at run time: every name that is asked for is a call, and
 * the other side refuses one that it does not implement.
 */
export function remote<Contract extends object>(
  sender: Sender,
  options: RemoteOptions<Contract> = {},
): Remote<Contract> {
  return remoteBeside<Contract, object>({}, sender, options);
}

/** As `remote`, beside the members of `own`, which are not calls and take precedence. */
export function remoteBeside<Contract extends object, Own extends object>(
  own: Own,
  sender: Sender,
  { rank = 0, moves = {} }: RemoteOptions<Contract> = {},
): Own & Remote<Contract> {
  const methods = new Proxy(own, {
    get(target, name) {
      const beside: unknown = Reflect.get(target, name);
      // Bound, because an object with private members knows them as itself and not through a proxy.
      if (typeof beside === "function") return beside.bind(target);
      // A remote can be returned from an async function, which asks whether it is a promise itself.
      if (typeof name === "symbol" || name === "then" || name in target) return beside;
      const moving: unknown = Reflect.get(moves, name);
      return (...input: unknown[]) =>
        sender.send({ method: name, input }, rank, typeof moving === "function" ? moving(...input) : []);
    },
  });
  // The one unsafe cast of the threads: TypeScript cannot know that `get` answers for every name of the contract, and that
  // what comes back is what the implementation returned, whose type `serve` checks against the same contract.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return methods as Own & Remote<Contract>;
}
