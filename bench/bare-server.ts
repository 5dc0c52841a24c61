/** Entry of the control: what Fastify alone does with a body of this size, schema checked, answered as JSON. */
import fastify from "fastify";

const BODY = {
  type: "object",
  additionalProperties: false,
  required: ["type", "transaction", "note"],
  properties: {
    type: { const: "ethereum.transaction" },
    note: { type: "string", maxLength: 1000 },
    transaction: {
      type: "object",
      additionalProperties: false,
      required: ["chainId", "nonce", "to", "value", "gas", "maxFeePerGas", "maxPriorityFeePerGas"],
      properties: {
        chainId: { type: "integer", minimum: 1 },
        nonce: { type: "integer", minimum: 0 },
        to: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" },
        value: { type: "string", pattern: "^(0|[1-9][0-9]{0,77})$" },
        gas: { type: "integer", minimum: 0 },
        maxFeePerGas: { type: "string", pattern: "^(0|[1-9][0-9]{0,77})$" },
        maxPriorityFeePerGas: { type: "string", pattern: "^(0|[1-9][0-9]{0,77})$" },
      },
    },
  },
};

/** As long as the answer to an Ethereum transaction. */
const ANSWER = {
  status: "signed",
  requestId: `req_${"0".repeat(26)}`,
  keyId: `key_${"0".repeat(26)}`,
  signedTransaction: `0x${"ab".repeat(117)}`,
  hash: `0x${"cd".repeat(32)}`,
  signature: `0x${"ef".repeat(65)}`,
};

const app = fastify();
app.post("/", { schema: { body: BODY } }, () => ANSWER);
app.get("/metrics", () => {
  const { user, system } = process.cpuUsage();
  return `process_cpu_seconds_total ${(user + system) / 1e6}\n`;
});
process.once("disconnect", () => void app.close());
await app.listen({ host: "127.0.0.1", port: 0 });
const address = app.server.address();
process.send?.({ port: typeof address === "object" ? address?.port : 0 });
