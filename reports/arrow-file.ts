/** Apache Arrow IPC files, a record batch at a time: neither writing nor reading one holds more than a batch of it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  AsyncByteQueue,
  type Data,
  Message,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  type Schema,
  Struct,
  type TypeMap,
} from "apache-arrow";
import { Footer } from "apache-arrow/ipc/metadata/file";
import { UnreadableRun } from "./unreadable-run.ts";
import type { Append } from "./write-whole.ts";

const MAGIC = "ARROW1";
/** Behind the footer: its length in 4 bytes, and the magic. */
const TAIL_BYTES = 4 + MAGIC.length;
/** A message starts with the marker of its kind and the length of its header. */
const MESSAGE_PREFIX_BYTES = 8;

/** Hands every piece on as it is written instead of keeping it. */
class AppendingSink extends AsyncByteQueue {
  readonly #append: Append;

  constructor(append: Append) {
    super();
    this.#append = append;
  }

  override write(value: Uint8Array): void {
    if (value.byteLength > 0) this.#append(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
}

/** Appends a whole Arrow file of these batches, whose columns are the schema's in its order. */
export function writeArrow(
  append: Append,
  schema: Schema,
  batches: Iterable<{ length: number; columns: Data[] }>,
): void {
  const writer = new RecordBatchFileWriter<TypeMap>();
  writer.reset(new AppendingSink(append), schema);
  for (const { length, columns } of batches) {
    const type = new Struct<TypeMap>(schema.fields);
    writer.write(new RecordBatch(schema, makeData({ type, length, nullCount: 0, children: columns })));
  }
  writer.close();
}

interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly rows: number;
}

/** An Arrow file on disk; its schema and the places of its batches are known, its rows are read when they are asked for. */
export class ArrowFile {
  readonly path: string;
  readonly schema: Schema;
  readonly length: number;
  readonly #schemaBytes: Uint8Array;
  readonly #blocks: readonly Block[];

  private constructor(path: string, schema: Schema, blocks: readonly Block[]) {
    this.path = path;
    this.schema = schema;
    this.#schemaBytes = schemaMessage(schema);
    this.#blocks = blocks;
    this.length = blocks.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** The file, or why it cannot be read: it is missing, cut short, no Arrow file, or of another schema than `name`. */
  static open(path: string, name: string): ArrowFile | UnreadableRun {
    const expected = `an Arrow file of schema ${name}`;
    let file: number;
    try {
      file = openSync(path, "r");
    } catch {
      return new UnreadableRun(path, expected, "no file");
    }
    try {
      const footer = readFooter(file);
      const found = footer.schema.metadata.get("schema");
      if (found !== name) return new UnreadableRun(path, expected, found ?? "a file that names no schema");
      const blocks = [...footer.recordBatches()].map((block) => locate(file, block));
      return new ArrowFile(path, footer.schema, blocks);
    } catch {
      return new UnreadableRun(path, expected, "a damaged or truncated file");
    } finally {
      closeSync(file);
    }
  }

  /** Its batches in their order, each to be read before the next is asked for: they share their memory. Throws UnreadableRun when the file has changed or gone since it was opened. */
  *batches(): Generator<RecordBatch> {
    const { path } = this;
    let file: number | undefined;
    try {
      file = openSync(path, "r");
      const largest = this.#blocks.reduce((most, { bytes }) => Math.max(most, bytes), 0);
      const memory = new Uint8Array(this.#schemaBytes.length + largest);
      memory.set(this.#schemaBytes);
      for (const block of this.#blocks) yield this.#recordBatch(file, block, memory);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new UnreadableRun(path, "the batches that its footer lists", `a damaged file (${cause})`);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** A schema and a batch behind it are a whole stream of messages; the library reads no single batch of a file that it has not whole. */
  #recordBatch(file: number, { offset, bytes }: Block, memory: Uint8Array): RecordBatch {
    const stream = memory.subarray(0, this.#schemaBytes.length + bytes);
    readInto(stream.subarray(this.#schemaBytes.length), file, offset);
    for (const batch of RecordBatchReader.from(stream).open()) return batch;
    throw new Error("no record batch where the footer says so");
  }
}

function readFooter(file: number): Footer {
  const size = fstatSync(file).size;
  const tail = read(file, size - TAIL_BYTES, TAIL_BYTES);
  if (new TextDecoder().decode(tail.subarray(4)) !== MAGIC) throw new Error("no magic at the end");
  const length = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  return Footer.decode(read(file, size - TAIL_BYTES - length, length));
}

/** What a stream of this schema begins with. */
function schemaMessage(schema: Schema): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new RecordBatchStreamWriter<TypeMap>();
  writer.reset(new AppendingSink((bytes) => parts.push(bytes.slice())), schema);
  return Buffer.concat(parts);
}

function locate(
  file: number,
  block: { offset: bigint | number; metaDataLength: number; bodyLength: bigint | number },
): Block {
  const offset = Number(block.offset);
  const header = read(file, offset + MESSAGE_PREFIX_BYTES, block.metaDataLength - MESSAGE_PREFIX_BYTES);
  const message = Message.decode(header);
  if (!message.isRecordBatch()) throw new Error("no record batch where the footer says so");
  return { offset, bytes: block.metaDataLength + Number(block.bodyLength), rows: Number(message.header().length) };
}

function read(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  readInto(bytes, file, offset);
  return bytes;
}

function readInto(bytes: Uint8Array, file: number, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(file, bytes, at, bytes.length - at, offset + at);
    if (count === 0) throw new Error("the file ends early");
    at += count;
  }
}
