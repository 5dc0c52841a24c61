/** Vouch: it has local keys, or asks Dirk by gRPC. Its source knows no Web3Signer, so there is no body to be had. */
import { SUBJECTS, type Client } from "./client.ts";

export const VOUCH: Client = {
  name: "Vouch",
  repository: "attestantio/vouch",
  commit: "64d4db5ddb3a5460c888579c6eaf47d3b3cf4ace",
  headers: { accept: undefined },
  habit: "asks Dirk by gRPC (`services/accountmanager/dirk`), never a Web3Signer: nothing to be had",
  sent: [],
  notSent: SUBJECTS.map((subject) => ({ subject, reason: "asks Dirk by gRPC" })),
};
