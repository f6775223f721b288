/** Passwords: scrypt with a salt of their own, in the form `scrypt$<N>$<salt>$<hash>`. */
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from "node:crypto";

/** A cost for a test server: about 10 ms a login. */
const COST = 4_096;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** The text to store for a password. */
export function hashPassword(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = scryptSync(password, salt, HASH_BYTES, { N: COST });
  return `scrypt$${COST}$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

/** Stands for the password of an account that does not exist or has none, so that the time of an answer does not tell. */
const NOBODYS = hashPassword(randomBytes(SALT_BYTES).toString("hex"));

/** Whether `password` is the one `stored` was made from; "" was made from none. Off the main thread. */
export function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, cost, salt, hash] = (stored || NOBODYS).split("$");
  if (cost === undefined || salt === undefined || hash === undefined) return Promise.resolve(false);
  const expected = Buffer.from(hash, "base64url");
  return new Promise((resolve, reject) => {
    scrypt(password, Buffer.from(salt, "base64url"), expected.length, { N: Number(cost) }, (error, actual) => {
      if (error === null) resolve(timingSafeEqual(actual, expected));
      else reject(error);
    });
  });
}
