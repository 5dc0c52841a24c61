/** Compiled, never run: no act without a permission, and nobody built in by accident. */
import { commandActor, type Actor } from "../../src/access/actors.ts";
import type { Principal } from "../../src/access/principals.ts";
import { actOf } from "../../src/record/acts/act.ts";
import { ask } from "../../src/record/acts/facts.ts";
import type { ActMethods } from "../../src/record/acts/performed.ts";
import { row } from "../../src/record/acts/rows.ts";

declare const principal: Principal;
declare const performed: ActMethods;
const namespace = "default";

// @ts-expect-error who may do it is missing
actOf<"createNamespace">()({ facts: () => ({}), judge: () => ({ reply: undefined, brought: null }) });
actOf<"createNamespace">()({
  // @ts-expect-error an input that needs nothing
  permission: () => [],
  facts: () => ({}),
  judge: () => ({ reply: undefined, brought: null }),
});
actOf<"createNamespace">()({
  // @ts-expect-error no such permission
  permission: "namespace.x",
  facts: () => ({}),
  judge: () => ({ reply: undefined, brought: null }),
});
actOf<"createNamespace">()({
  permission: "namespace.create",
  facts: () => ({}),
  // @ts-expect-error an answer that is kept, and nothing that it relies on
  judge: () => ({ reply: undefined }),
});
// @ts-expect-error an act of the ledger thread that nobody performs
void ({ ...performed, createNamespace: undefined } satisfies ActMethods);
// @ts-expect-error a reply that no performer gave
void ({ ...performed, deleteBinding: () => true } satisfies ActMethods);

// @ts-expect-error a principal's id where only those that are built in belong
void ({ namespace, principal: principal.id, tokenVersion: null } satisfies Actor);
// @ts-expect-error a stored principal without the version of its token
void ({ namespace, principal: principal.id } satisfies Actor);
// @ts-expect-error no command of the installation
commandActor(namespace, "prn_1");

// @ts-expect-error a fact is asked for where it is
ask("principal", { name: "default" });
// @ts-expect-error a row has its own values
row("bindingDeleted", { id: "bnd_1" });

// What compiles.
void ({ namespace, principal: "keymanager-client", tokenVersion: null } satisfies Actor);
void ({ namespace, principal: principal.id, tokenVersion: 1 } satisfies Actor);
commandActor(namespace, "claviger slashing import");
