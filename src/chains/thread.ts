/** Entry of a chain thread: the adapters and the signature check, away from the main thread's event loop. */
import { serveEach } from "../threads/server.ts";
import { adapterOf, assertSigns } from "./registry.ts";
import type { ChainCall, ChainReply } from "./chains.ts";
import { verifySignature } from "./verify.ts";

serveEach<ChainCall, ChainReply>(async (call) => {
  switch (call.task) {
    case "plan":
      return (await adapterOf(call.chain)).planKey(call.options);
    case "planImport":
      return (await adapterOf(call.chain)).planImport(call.options);
    case "address":
      return (await adapterOf(call.chain)).addressOf(call.publicKey, call.attributes);
    case "decode": {
      const adapter = await adapterOf(call.key.chain);
      assertSigns(adapter, call.request.type);
      return adapter.decode(call.request, call.key);
    }
    case "assemble":
      return (await adapterOf(call.chain)).assemble(call.decoded, call.signatures);
    case "verify":
      return call.payloads.every((payload, index) => {
        const signature = call.signatures[index];
        return signature !== undefined && verifySignature(payload, signature);
      });
  }
});
