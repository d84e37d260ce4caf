-- Version 4. What lies between two samples of P&L. All are in account currency, and NULL in rows of before.
-- A sample is written at the end of each interval in which P&L changed, where a position changed, and at both ends of the run;
-- P&L is looked at with every mark of what is held that is heard.

-- The highest and the lowest net since the strategy's sample before, this one included.
ALTER TABLE equity_samples ADD COLUMN high TEXT;
ALTER TABLE equity_samples ADD COLUMN low TEXT;
-- The deepest fall of net below its highest in the run so far, 0 where there was none: when that high was reached, when it was
-- lowest, and when the high was reached again, if it was. The strategy's last row has that of the whole run.
ALTER TABLE equity_samples ADD COLUMN drawdown TEXT;
ALTER TABLE equity_samples ADD COLUMN peak_ns INTEGER;
ALTER TABLE equity_samples ADD COLUMN trough_ns INTEGER;
ALTER TABLE equity_samples ADD COLUMN recovered_ns INTEGER;
