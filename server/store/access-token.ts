/** Random access tokens: 20 letters and digits (contract 12.1). */
import { randomInt } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 20;

export function randomAccessToken(): string {
  let token = "";
  for (let i = 0; i < LENGTH; i++) token += ALPHABET[randomInt(ALPHABET.length)];
  return token;
}
