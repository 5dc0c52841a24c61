/** Entry of the vault's thread as the keeper starts it: beside its own methods it signs what the record thread hands it. */
import { serve } from "../threads/serve.ts";
import { methodsOf, openStrongroom } from "../vault/thread.ts";
import type { KeysThread } from "./contract.ts";
import { SigningPort } from "./signing-port.ts";

const strongroom = openStrongroom();
const signing = new SigningPort({
  holder: "vault",
  sign: (call) => strongroom.sign(call),
  signStatement: (statement) => strongroom.signStatement(statement),
});

serve<KeysThread>({ ...methodsOf(strongroom), connectSteps: (ways) => signing.connect(ways) });
