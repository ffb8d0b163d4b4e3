# The demo's CSV reader: forms of the file that people have, and files that are broken.
use strict;
use warnings;
use Test::More;

my $reader = $ENV{CSV_READER} or plan skip_all => 'CSV_READER names no program';
my $in = "$ENV{TESTDATADIR}/in.csv";
my $ragged = "$ENV{TESTDATADIR}/ragged.csv";
my $header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
my $line = '536365,85123A,WHITE HEART,6,12/1/2010 8:26,2.55,17850.0,United Kingdom';

sub slurp
{
    my ($path) = @_;
    open my $file, '<:raw', $path or return '';
    local $/;
    my $text = <$file>;
    return defined $text ? $text : '';
}

# reads(TEXT): what the reader writes, what it sets aside, its report
sub reads
{
    my ($text) = @_;
    open my $file, '>:raw', $in or die $!;
    print $file $text;
    close $file;
    system("'$reader' '$in' '$ragged' >'$in.out' 2>'$in.report'");
    my $report = slurp("$in.report");
    chomp $report;
    return (slurp("$in.out"), slurp($ragged), $report);
}

sub check
{
    my ($name, $text, $out, $aside, $report) = @_;
    is_deeply([ reads($text) ], [ $out, $aside, $report ], $name);
}

check('a header and a line', "$header\n$line\n", "$line\n", '', '1 0 0 header');
check('CRLF', "$header\r\n$line\r\n", "$line\n", '', '1 0 0 header');
check('byte order mark', "\xef\xbb\xbf$header\n$line\n", "$line\n", '', '1 0 0 header');
check('no line end at the end', "$header\n$line", "$line\n", '', '1 0 0 header');
check('no header', "$line\n$line\n", "$line\n$line\n", '', '2 0 0 no header');
check('blank lines', "\n$header\n\n$line\n\r\n", "$line\n", '', '1 0 0 header');
check('empty file', '', '', '', '0 0 0 no header');
check('header alone', "$header\n", '', '', '0 0 0 header');
check('names of the second edition, other order, one more column',
    "row,Invoice,Customer ID,Country,Price,InvoiceDate,Quantity,Description,StockCode\n"
      . "1,489434,13085,\"EIRE\",6.95,2009-12-01 07:45:00,12,\"A, B\",85048\n",
    "489434,85048,\"A, B\",12,2009-12-01 07:45:00,6.95,13085,\"EIRE\"\n", '', '1 0 0 header');
check('doubled quotes, line ends and commas in quotes stay as they are',
    "$header\n1,2,\"a \"\"b\"\",\r\nc\",4,5,6,7,\"8\"\r\n",
    "1,2,\"a \"\"b\"\",\r\nc\",4,5,6,7,\"8\"\n", '', '1 0 0 header');
check('empty stays empty, quoted empty stays quoted', "$header\n1,2,,4,5,6,,\"\"\n", "1,2,,4,5,6,,\"\"\n", '',
    '1 0 0 header');
check('a stray quote is text', "$header\n1,2,5\" PLATE,4,5,6,7,8\n", "1,2,\"5\"\" PLATE\",4,5,6,7,8\n", '',
    '1 0 0 header');
check('too few and too many fields are kept aside', "$header\n1,2\n$line\n1,2,3,4,5,6,7,8,9\r\n", "$line\n",
    "1,2\n1,2,3,4,5,6,7,8,9\r\n", '1 2 2 header');
check('a quote that is never closed costs one line', "$header\n1,2,\"3,4,5,6,7,8\n$line\n", "$line\n",
    "1,2,\"3,4,5,6,7,8\n", '1 1 2 header');
check('nor does it reach the next quoted field', "$header\n1,2,\"3,4,5,6,7,8\n1,2,\"x\",4,5,6,7,8\n",
    "1,2,\"x\",4,5,6,7,8\n", "1,2,\"3,4,5,6,7,8\n", '1 1 2 header');
check('a zero byte is kept aside', "$header\n1,2,\0,4,5,6,7,8\n$line\n", "$line\n", "1,2,\0,4,5,6,7,8\n",
    '1 1 2 header');
my $long = 'x' x 70000;
check('an endless line is kept aside', "$header\n1,2,$long,4,5,6,7,8\n$line\n", "$line\n",
    "1,2,$long,4,5,6,7,8\n", '1 1 2 header');
check('a header without a column', "InvoiceNo,StockCode\n1,2\n", '', '', 'error: the header has no column country');
like((reads("a;b;c\n1;2;3\n"))[2], qr/^error: the first line neither names the columns/, 'another kind of file');

done_testing();
