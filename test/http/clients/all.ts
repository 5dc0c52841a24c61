/** The eight validator clients, in the order of the table in docs/validators.md. */
import type { Client } from "./client.ts";
import { LIGHTHOUSE } from "./lighthouse.ts";
import { LODESTAR } from "./lodestar.ts";
import { NIMBUS } from "./nimbus.ts";
import { PRYSM } from "./prysm.ts";
import { SSV } from "./ssv.ts";
import { TEKU } from "./teku.ts";
import { VERO } from "./vero.ts";
import { VOUCH } from "./vouch.ts";

export const CLIENTS: readonly Client[] = [LIGHTHOUSE, TEKU, LODESTAR, PRYSM, NIMBUS, VERO, SSV, VOUCH];
