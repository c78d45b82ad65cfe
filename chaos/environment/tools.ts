/**
 * The set-up tools of `scripts/lib`, which are plain ES modules without types of their own, as far as they are used
 * here. They find or obtain PostgreSQL, Redis and Temporal, start processes, and leave none behind.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const ROOT = path.resolve(__dirname, '../..');

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Stages are stopped from the highest to the lowest. */
  readonly stage: number;
  readonly ready?: (pid: number | undefined) => unknown;
  readonly readyTimeoutMs?: number;
  readonly restart?: boolean;
  /** What of a line is shown at the terminal. */
  readonly important?: (line: string) => string | undefined;
}

export interface Supervisor {
  start(spec: ProcessSpec): Promise<void>;
  /**
   * SIGKILL for the process and its children; it is started again after the pause.
   * @returns false when it is not running
   */
  kill(name: string, pauseMs?: number): boolean;
  states(): { name: string; state: 'running' | 'down'; pid: number | undefined }[];
  stopAll(): Promise<void>;
  killAll(): void;
}

export interface Step {
  say(what: string): void;
}

export interface Progress {
  step<T>(name: string, work: (step: Step) => Promise<T>): Promise<T>;
  log(line: string): void;
}

export interface Tools {
  createProgress(options: { stream: NodeJS.WriteStream }): Progress;
  createSupervisor(options: {
    logsDir: string;
    print: (line: string) => void;
    restartPauseMs?: number;
    stopTimeoutMs?: number;
  }): Supervisor;
  canConnect(port: number): Promise<boolean>;
  freePort(preferred?: number): Promise<number>;
  startPostgres(options: {
    supervisor: Supervisor;
    step: Step;
    dataDir: string;
    port: number;
    database: string;
  }): Promise<{ url: string; botUrl: string; version: string }>;
  removePostgresData(dataDir: string): void;
  ensureRedisServer(step: Step): Promise<string>;
  startRedis(options: {
    supervisor: Supervisor;
    step: Step;
    program: string;
    dataDir: string;
    port: number;
  }): Promise<{ url: string }>;
  ensureTemporalCli(step: Step, log: (line: string) => void): Promise<string>;
  startTemporal(options: {
    supervisor: Supervisor;
    step: Step;
    cli: string;
    port: number;
    uiPort: number;
    stateFile?: string;
  }): Promise<{ address: string; uiUrl: string }>;
  ensureTemporalServer(step: Step, log: (line: string) => void): Promise<{ server: string; sqlTool: string }>;
  startTemporalOnPostgres(options: {
    supervisor: Supervisor;
    step: Step;
    programs: { server: string; sqlTool: string };
    databaseUrl: string;
    dir: string;
    shards: number;
    plugin: string;
    dynamicConfig: string;
    prefix?: string;
    security?: { tls?: object; authorization?: object };
    restart?: boolean;
  }): Promise<{ address: string }>;
}

const FILES = [
  'progress',
  'supervisor',
  'ports',
  'postgres',
  'postgres-data',
  'redis',
  'temporal',
  'temporal-postgres',
];

export async function loadTools(): Promise<Tools> {
  const modules = await Promise.all(
    FILES.map((name) => import(pathToFileURL(path.join(ROOT, 'scripts/lib', `${name}.mjs`)).href) as Promise<object>),
  );
  return Object.assign({}, ...modules) as Tools;
}
