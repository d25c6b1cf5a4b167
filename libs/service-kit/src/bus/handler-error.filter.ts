import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';

/** Passes the error of a handler to the transport unchanged. Nest's own filter would turn an AppError into "Internal server error". */
@Catch()
export class HandlerErrorFilter implements RpcExceptionFilter<unknown> {
  catch(thrown: unknown): Observable<never> {
    return throwError(() => thrown);
  }
}

/** The result of a handler, unwrapped from Nest's proxy, which turns only a thrown error into an Observable. */
export async function resultOf(result: Promise<unknown>): Promise<unknown> {
  const value = await result;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}
