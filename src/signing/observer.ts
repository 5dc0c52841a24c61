/** The path as metrics see it: the same steps, each timed, and what became of the requests. Nothing here decides. */
import type { GuardClaim } from "../domain/guard.ts";
import { guardOf } from "../record/payloads.ts";
import type { Decoded, Steps, Verified } from "./stages.ts";

/**
 * How long each step took, and how each request ended. Implemented by the metrics; labels carry no key or address but that of
 * a finality provider, which is on chain.
 */
export interface Observer {
  step(name: keyof Steps, seconds: number): void;
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
      name: keyof Steps,
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
    record: timed(
      "record",
      (request) => steps.record(request),
      ({ decoded }, seconds, { state }) => {
        const guard = guardOf(decoded.payloads[0]);
        if (guard !== undefined && state !== "stale") observer.guarded(guard, seconds);
      },
    ),
    sign: timed(
      "sign",
      (request) => steps.sign(request),
      (request, seconds) => {
        if (dutyOf(request) !== undefined) observer.dutySigning(seconds);
      },
    ),
    verify: timed("verify", (request) => steps.verify(request)),
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

/** As eotsd counts: what was signed before is given out again and counts once. */
function countProvider(observer: Observer, { decoded, keys: [key], repeated }: Verified): void {
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
