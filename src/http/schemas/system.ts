/** /v1/sys: the passphrase that opens the vault. */
import { Type, type Static } from "typebox";
import { strictObject } from "./common.ts";

export const UnsealRequest = strictObject({ passphrase: Type.String({ minLength: 1, maxLength: 1024 }) });
export type UnsealRequest = Static<typeof UnsealRequest>;
