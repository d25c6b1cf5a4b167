import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';

/** Hands what a handler throws to the transport as it is. Nest's own filter would make "Internal server error" of an AppError. */
@Catch()
export class HandlerErrorFilter implements RpcExceptionFilter<unknown> {
  catch(thrown: unknown): Observable<never> {
    return throwError(() => thrown);
  }
}

/** What a handler returned, out of Nest's proxy: the proxy turns only a thrown error into an Observable. */
export async function resultOf(result: Promise<unknown>): Promise<unknown> {
  const value = await result;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}
