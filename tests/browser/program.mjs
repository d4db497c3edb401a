// The program, started as an organiser would: a folder with a configuration and a letter, and commands beside it.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAM = resolve(process.env.UNDERSIGNED ?? "target/debug/undersigned");
const DEADLINE = 60_000; // milliseconds; only failures wait so long

/** Waits until `found` gives something, and gives it. */
export async function eventually(what, found) {
  const end = Date.now() + DEADLINE;
  for (;;) {
    const value = await found();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

/** A port of 127.0.0.1 that is free now. */
function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

/** A letter that is served. */
export class Program {
  /** Starts one: `files` are written into its folder, `letter.md` among them; `settings` are lines of TOML. */
  static async start(files, settings = "") {
    const program = new Program();
    const port = await freePort();
    program.origin = `http://localhost:${port}`;
    program.folder = mkdtempSync(join(tmpdir(), "undersigned-browser-"));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(program.folder, name), content);
    }
    const config = [
      `server.base_url = "${program.origin}"`,
      `server.listen = "127.0.0.1:${port}"`,
      `database.url = "sqlite://letter.db"`,
      `net.allow_addresses = ["127.0.0.0/8", "::1/128"]`,
      `web.render_every = "0s"`,
      settings,
    ];
    writeFileSync(join(program.folder, "config.toml"), `${config.join("\n")}\n`);
    const log = openSync(join(program.folder, "log"), "w");
    program.child = spawn(PROGRAM, ["serve"], { cwd: program.folder, stdio: ["ignore", log, log] });
    await eventually("the server answers", async () => {
      if (program.child.exitCode !== null) throw new Error(`the server ended:\n${program.log()}`);
      return fetch(`${program.origin}/healthz`).then((it) => it.ok, () => false);
    });
    return program;
  }

  /** Writes a file into its folder. */
  write(name, content) {
    writeFileSync(join(this.folder, name), content);
  }

  /** Runs a command and gives what it prints. */
  run(...words) {
    return execFileSync(PROGRAM, words, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  log() {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  /** The public numbers. */
  async count() {
    return (await fetch(`${this.origin}/api/v1/count.json`)).json();
  }

  /** Stops the server and removes its folder. */
  async stop() {
    const ended = new Promise((done) => this.child.once("exit", done));
    if (this.child.exitCode === null) {
      this.child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}
