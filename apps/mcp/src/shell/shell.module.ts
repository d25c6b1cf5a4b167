import { Module } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../config.ts';
import { operatorEgress } from '../egress/operator-egress.ts';
import { RemoteShell } from './remote-shell.ts';
import { type Shell, SHELL } from './shell.ts';

@Module({
  providers: [
    {
      provide: SHELL,
      inject: [MCP_CONFIG],
      useFactory: ({ shell, egress }: Config): Shell | null => {
        const { runnerUrl: url } = shell;
        return url === null ? null : new RemoteShell({ ...shell, url }, operatorEgress(egress, [url]));
      },
    },
  ],
  exports: [SHELL],
})
export class ShellModule {}
