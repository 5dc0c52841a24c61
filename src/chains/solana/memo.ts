/** Memo programs: the data is UTF-8 text and moves nothing. Accounts, if any, must have signed; that is all they do. */
import { nothing } from "./effects.ts";
import type { ProgramReader } from "./program-reader.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const memoProgram: ProgramReader = {
  functions: ["memo.addMemo"],
  selector: () => null,
  names: () => true,
  read: ({ accounts, data }) => {
    const memo = decodeMemo(new Uint8Array(data));
    if (memo === undefined) return undefined;
    return {
      ...nothing("memos are text; the program holds no accounts"),
      function: "memo.addMemo",
      args: { memo, signers: accounts.map((account) => account.address) },
    };
  },
};

function decodeMemo(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
