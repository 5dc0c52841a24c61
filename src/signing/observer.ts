/** The path as metrics see it: the same steps, each timed, and what became of the requests. Nothing here decides. */
import type { GuardClaim } from "../domain/guard.ts";
import { guardOf } from "../record/payloads.ts";
import type { Decoded, KeepResult, Permitted, Denied, Signed, Steps } from "./stages.ts";

/**
 * How long each step took, and how each request ended. Implemented by the metrics; labels carry no key or address but that of
 * a finality provider, which is on chain.
 */
export interface Observer {
  /** `record`, `sign` and `verify` are the keeper's, measured there. */
  step(name: Exclude<keyof Steps, "keep"> | "record" | "sign" | "verify", seconds: number): void;
  fuel(units: number): void;
  /** A guard allowed a request, in so many seconds of the record step. */
  guarded(kind: GuardClaim["kind"], seconds: number): void;
  /** A guard refused a request of this type. */
  guardRefused(code: string, type: string): void;
  /** A validator duty was signed and verified; `type` is one that its adapter knows. */
  dutySigned(type: string): void;
  /** The vault's part of a validator duty. */
  dutySigning(seconds: number): void;
  /** An EOTS message was signed that was never signed before. `publicKey`: 64 hex digits. */
  eotsSigned(publicKey: string, height: bigint): void;
  /** A finality provider's key made a Schnorr signature. */
  schnorrSigned(publicKey: string): void;
}

/** The same steps, each timed. */
export function observed(steps: Steps, observer: Observer): Steps {
  const timed =
    <Input, Output>(
      name: "decode" | "evaluate" | "respond",
      step: (input: Input) => Promise<Output>,
      done?: (input: Input, seconds: number, output: Output) => void,
    ) =>
    async (input: Input): Promise<Output> => {
      const start = performance.now();
      try {
        const output = await step(input);
        done?.(input, (performance.now() - start) / 1000, output);
        return output;
      } finally {
        observer.step(name, (performance.now() - start) / 1000);
      }
    };
  return {
    authorize: (submission) => steps.authorize(submission),
    decode: timed("decode", (request) => steps.decode(request)),
    evaluate: timed("evaluate", async (request) => {
      const judged = await steps.evaluate(request);
      for (const { result } of judged.evaluations) observer.fuel(result.fuelUsed);
      return judged;
    }),
    async keep(request) {
      const start = performance.now();
      try {
        const result = await steps.keep(request);
        countKept(observer, request, result, (performance.now() - start) / 1000);
        return result;
      } catch (error) {
        // Most are refusals that the record step made durable.
        observer.step("record", (performance.now() - start) / 1000);
        throw error;
      }
    },
    respond: timed(
      "respond",
      (request) => steps.respond(request),
      (request) => {
        const duty = dutyOf(request);
        if (duty !== undefined) observer.dutySigned(duty);
        if (request.keys[0].chain === "babylon") countProvider(observer, request);
      },
    ),
  };
}

/** Its three steps, as the keeper measured them; without a signature the whole time was recording. */
function countKept(
  observer: Observer,
  { decoded }: Permitted | Denied,
  result: KeepResult,
  seconds: number,
): void {
  const { record, sign, verify } =
    result.state === "signed" ? result.signed.seconds : { record: seconds, sign: null, verify: null };
  observer.step("record", record);
  const guard = guardOf(decoded.payloads[0]);
  if (guard !== undefined && result.state !== "stale") observer.guarded(guard, record);
  if (sign === null || verify === null) return;
  observer.step("sign", sign);
  observer.step("verify", verify);
  if (dutyOf({ decoded }) !== undefined) observer.dutySigning(sign);
}

/** As eotsd counts: what was signed before is given out again and counts once. */
function countProvider(observer: Observer, { decoded, keys: [key], repeated }: Signed): void {
  const [payload] = decoded.payloads;
  if (payload?.scheme !== "babylon.eots") observer.schnorrSigned(key.address);
  else if (!repeated) observer.eotsSigned(key.address, payload.height);
}

/** Type of a validator duty, one of a fixed list; undefined for the requests of other chains. */
function dutyOf({ decoded }: Pick<Decoded, "decoded">): string | undefined {
  const { validator } = decoded.intent;
  if (typeof validator !== "object" || validator === null || !("duty" in validator)) return undefined;
  const type = validator["duty"];
  return typeof type === "string" ? type : undefined;
}
