-- Which keys of a namespace have an address: each new key is compared with them. Without it all keys of the chain were read.
CREATE INDEX key_by_address ON key (namespace, chain, address);
