/** /v1/audit: which entries, and between which sizes of the tree a proof is asked. */
import { Type } from "typebox";
import { strictObject } from "./common.ts";

export const AuditQuery = strictObject({
  from: Type.Optional(
    Type.String({ pattern: "^(?:0|[1-9][0-9]{0,14})$", description: "First sequence. Default 0." }),
  ),
  limit: Type.Optional(
    Type.String({ pattern: "^[1-9][0-9]{0,3}$", description: "At most 500. Default 100." }),
  ),
});

const treeSize = (description: string) => Type.String({ pattern: "^(?:0|[1-9][0-9]{0,14})$", description });
export const InclusionQuery = strictObject({
  sequence: treeSize("The entry."),
  size: treeSize("Size of the tree, from a checkpoint."),
});
export const ConsistencyQuery = strictObject({
  from: treeSize("Size of the older tree."),
  to: treeSize("Size of the newer tree."),
});
