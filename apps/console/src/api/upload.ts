import { ApiError } from './http.ts';
import { currentToken } from './session.ts';

/** How long a file is kept for the conversation, in seconds. */
const keptSeconds = 30 * 24 * 3_600;

/**
 * Sends a file to `/v1/files` and resolves to its id. `onProgress` hears the share that was sent, which `fetch` does not report. Throws an ApiError for a
 * refusal.
 */
export async function uploadFile(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const form = new FormData();
  form.append('purpose', 'user_data');
  form.append('expires_after[anchor]', 'created_at');
  form.append('expires_after[seconds]', String(keptSeconds));
  form.append('file', file);
  const token = await currentToken();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/v1/files');
    if (token !== null) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      const { id, error } = (request.response ?? {}) as { id?: string; error?: { message?: string } };
      if (request.status < 300 && id !== undefined) resolve(id);
      else reject(new ApiError(error?.message ?? `The server answered ${request.status}.`, request));
    };
    request.onerror = () => reject(new ApiError('The server cannot be reached.', { status: 0 }));
    request.onabort = () => reject(signal.reason as Error); // an abort has one
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
