import { Module } from '@nestjs/common';
import { Calculator } from './calculator.ts';

@Module({ providers: [Calculator], exports: [Calculator] })
export class CalculatorModule {}
