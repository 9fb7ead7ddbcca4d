// What one verification costs with the peer's library: memory in KiB, passes, how many. Prints CPU milliseconds each.
import argon2 from "argon2";

const [memoryCost, timeCost, count] = process.argv.slice(2).map(Number);
const hash = await argon2.hash("x", { type: argon2.argon2id, memoryCost, timeCost, parallelism: 1 });
await argon2.verify(hash, "x");
const began = process.cpuUsage();
for (let done = 0; done < count; done += 1) await argon2.verify(hash, "x");
const { user, system } = process.cpuUsage(began);
console.log((user + system) / 1000 / count);
