/** Entry of the vault's thread of a command: it makes, opens and backs up keys, and signs nothing for a caller. */
import { serve } from "../threads/serve.ts";
import type { VaultThread } from "./contract.ts";
import { methodsOf, openStrongroom } from "./thread.ts";

serve<VaultThread>(methodsOf(openStrongroom()));
