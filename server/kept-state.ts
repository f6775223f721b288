/** What a server keeps from one life to the next: the store of its family, the key of its tokens, where its request ids go on. */
import { randomBytes } from "node:crypto";
import { countingRequestIds, type RequestIdAllocator } from "../protocol/requester/request-id.ts";
import type { ServerSettings } from "./options.ts";
import { StartError } from "./start-error.ts";
import { installDemo } from "./store/demo.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";

/** Opens the store; a data folder belongs to the family of servers that made it, because both have devices with the same tokens. */
export function openStore(settings: ServerSettings): Store {
  const family = settings.dialect === "tempus" ? "tempus" : "tb";
  let store: Store;
  try {
    store = openSqliteStore(settings.dataFolder);
  } catch (cause) {
    const { message } = cause as Error;
    throw new StartError(`cannot use ${settings.dataFolder} (option dataFolder): ${message}`, { cause });
  }
  const owner = store.setting("family");
  if (owner !== undefined && owner !== family) {
    store.close();
    throw new StartError(
      `${settings.dataFolder} (option dataFolder) was made by a ${owner} server, this is a ${family} one`,
    );
  }
  store.putSetting("family", family);
  if (settings.demo) installDemo(store, family);
  return store;
}

/** Ids a device of one life of the server may use before those of the next begin. */
const IDS_PER_LIFE = 2 ** 20;
const WIRE_ID_SPACE = 2 ** 31;

/**
 * Request ids count from 0 in the first life of a data folder and go on far beyond in every later one, so that a reply from before a
 * restart never answers a newer call.
 */
export function requestIds(settings: ServerSettings, store: Store): RequestIdAllocator {
  const life = Number(store.setting("lives") ?? 0);
  store.putSetting("lives", String(life + 1));
  if (settings.quirks.has("id-reset-on-restart")) return countingRequestIds();
  return countingRequestIds(WIRE_ID_SPACE, (life * IDS_PER_LIFE) % WIRE_ID_SPACE);
}

const SECRET_BYTES = 64;

/** Tokens outlive a restart when the secret does: it is the option's, or the one kept with the data. */
export function secretOf(settings: ServerSettings, store: Store): string {
  if (settings.jwtSecret !== undefined) return settings.jwtSecret;
  const kept = store.setting("jwtSecret");
  if (kept !== undefined) return kept;
  const made = randomBytes(SECRET_BYTES).toString("base64");
  store.putSetting("jwtSecret", made);
  return made;
}
