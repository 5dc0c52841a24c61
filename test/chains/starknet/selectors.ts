/** ERC-20 entry points that the adapter must know: name, address arguments, effect. Written down apart from src. */
export const selectorTable = [
  ["transfer", ["recipient"], "transfer"],
  ["transferFrom", ["sender", "recipient"], "transfer"],
  ["transfer_from", ["sender", "recipient"], "transfer"],
  ["approve", ["spender"], "allowance"],
  ["increaseAllowance", ["spender"], "allowance"],
  ["increase_allowance", ["spender"], "allowance"],
  ["decreaseAllowance", ["spender"], "none"],
  ["decrease_allowance", ["spender"], "none"],
] as const;
