import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@antiphon/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { ConsoleFiles } from './console-files.ts';
import { ConsoleController } from './console.controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'console-'));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<script src="/x.js" nonce="NONCE_OF_THE_PAGE"></script>');
writeFileSync(join(folder, 'assets/index-abc.js'), 'run()');
writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
afterAll(() => rmSync(folder, { recursive: true }));

/** What a reply was given. */
function recordedReply() {
  const sent: { headers: Record<string, string>; body: string; location?: string } = {
    headers: {},
    body: '',
  };
  const reply = {
    headers(headers: Record<string, string>) {
      Object.assign(sent.headers, headers);
      return reply;
    },
    send(body: string | Buffer) {
      sent.body = body.toString();
    },
    redirect(url: string) {
      sent.location = url;
    },
  };
  return { sent, reply: reply as unknown as FastifyReply }; // the controller uses nothing else
}

const controller = new ConsoleController(new ConsoleFiles(folder));
async function shown(path: string | undefined, from = controller) {
  const { sent, reply } = recordedReply();
  await from.show(path, reply);
  return sent;
}

describe('the page', () => {
  it.each([undefined, '', 'runs', 'runs/resp_1', '../package.json'])('is shown at %s', async (path) => {
    const { headers, body } = await shown(path);
    const nonce = /'nonce-([\w-]{20,})'/.exec(headers['content-security-policy'] ?? '')?.[1];
    expect(body).toContain(`nonce="${nonce}"`);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  });

  it('has another nonce in each answer', async () => {
    const policies = await Promise.all([shown(''), shown('')]);
    expect(new Set(policies.map(({ headers }) => headers['content-security-policy'])).size).toBe(2);
  });

  it('is missing where the console is not built', async () => {
    const unbuilt = new ConsoleController(new ConsoleFiles(null));
    await expect(shown('', unbuilt)).rejects.toThrow(/npm run build/);
  });
});

describe('a file', () => {
  it('whose name has its digest never changes', async () => {
    expect(await shown('assets/index-abc.js')).toMatchObject({
      body: 'run()',
      headers: {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
  });

  it('of another name is read again after a day', async () => {
    expect((await shown('favicon.svg')).headers['cache-control']).toBe('public, max-age=86400');
  });

  it('that is missing is not the page', async () => {
    await expect(shown('assets/index-old.js')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the root', () => {
  const visit = (accept: string | undefined) => {
    const { sent, reply } = recordedReply();
    controller.root({ headers: { accept } } as FastifyRequest, reply);
    return sent.location;
  };

  it('leads browsers to the console, and tells programs where the API is', () => {
    expect(visit('text/html,application/xhtml+xml')).toBe('/console/');
    expect(() => visit('*/*')).toThrow(AppError);
    expect(() => visit(undefined)).toThrow(/\/v1/);
  });
});
