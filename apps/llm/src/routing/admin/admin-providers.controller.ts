import { AppError, type Caller, type InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { llmRoutes as routes } from '../../http/routes.ts';
import { ProviderAdmin } from './provider-admin.ts';

const adminScope = 'admin';

/** The health of providers, and their switches, for administrators. */
@Controller()
@UseGuards(CallerGuard)
export class AdminProvidersController {
  constructor(private readonly providers: ProviderAdmin) {}

  @Serves(routes.listProviders)
  list(_input: InputOf<typeof routes.listProviders>, @CurrentCaller() caller: Caller) {
    assertAdmin(caller);
    return { object: 'list' as const, data: this.providers.list() };
  }

  @Serves(routes.switchProvider)
  switch(
    { params: { name }, body: { enabled } }: InputOf<typeof routes.switchProvider>,
    @CurrentCaller() caller: Caller,
  ) {
    assertAdmin(caller);
    return this.providers.switch(name, enabled);
  }
}

function assertAdmin({ scopes }: Caller): void {
  if (scopes.includes(adminScope)) return;
  throw new AppError(
    'forbidden',
    `Only callers with the scope "${adminScope}" may see and switch providers.`,
  );
}
