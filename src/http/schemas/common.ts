/** Schemas that several routes share. Every object is closed: an unknown field is an error, not a silent no-op. */
import { Type, type TProperties } from "typebox";
import { ERRORS, SignerError } from "../../domain/errors.ts";

const STRICT = { additionalProperties: false } as const;

/** A closed object. */
export function strictObject<Properties extends TProperties>(properties: Properties, description?: string) {
  return Type.Object(properties, { ...STRICT, ...(description === undefined ? {} : { description }) });
}

/** @throws SignerError `request.malformed` for a change that names nothing to change */
export function assertChanges(change: object): void {
  if (Object.keys(change).length > 0) return;
  throw new SignerError("request.malformed", "body: must name at least one member to change", { field: "/" });
}

export const Name = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: "^[^\\u0000-\\u001f\\u007f]+$",
  description: "Printable text of at most 128 characters.",
});

export const NamespaceName = Type.String({
  pattern: "^[a-z][a-z0-9-]{0,62}$",
  description: "Lowercase letters, digits and hyphens; starts with a letter.",
});

export const Identifier = Type.String({ pattern: "^(?:wal|key|req|bnd|prn|dsc|frz)_[0-9a-z]{29}$" });

export const Digest = Type.String({
  pattern: "^sha256:[0-9a-f]{64}$",
  description: "`sha256:` and the hex SHA-256 of the uploaded bytes.",
});

export const Timestamp = Type.String({ description: "RFC 3339, UTC." });

export const Page = strictObject({
  cursor: Type.Optional(Type.String({ maxLength: 128, description: "`next` of the page before." })),
  limit: Type.Optional(
    Type.String({
      pattern: "^[1-9][0-9]{0,3}$",
      description: "Items on the page, at most 500. Default 100.",
    }),
  ),
});

export const Warnings = Type.Array(strictObject({ code: Type.String(), message: Type.String() }), {
  description:
    "What the caller may not have meant: `dust_output`, `zero_fee`. They decide nothing, and are in the intent too.",
});

export const Problem = Type.Object(
  {
    type: Type.String({
      description: "URI that identifies the code, e.g. `urn:claviger:error:policy.denied`.",
    }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({
      enum: Object.keys(ERRORS),
      description: "Permanent, dotted. Branch on this.",
    }),
    detail: Type.String({ description: "Which field broke which rule, and what to do." }),
    requestId: Type.String(),
  },
  { $id: "Problem", additionalProperties: true, description: "RFC 9457 problem document." },
);
