/** A process whose thread dies, for the test of what happens then by default. */
import { ThreadClient } from "../../src/threads/client.ts";
import type { EchoCall } from "./echo-thread.ts";

const client = new ThreadClient<EchoCall, unknown>({
  url: new URL("./echo-thread.ts", import.meta.url),
  name: "echo",
  queueMax: 8,
  batchMax: 8,
});
await client.ready();
await client.call({ do: "throw" }).then(
  () => process.stdout.write("answered"),
  () => process.stdout.write("rejected"),
);
