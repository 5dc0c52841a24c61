/** /v1/namespaces: a name, and nothing else. */
import { Type, type Static } from "typebox";
import { NamespaceName, strictObject, Timestamp } from "./common.ts";

export const NamespaceRequest = strictObject({ name: NamespaceName });
export type NamespaceRequest = Static<typeof NamespaceRequest>;
export const Namespace = Type.Object({ name: Type.String(), createdAt: Timestamp }, { $id: "Namespace" });
